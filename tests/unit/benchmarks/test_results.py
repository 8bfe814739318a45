"""What is written can be read, by people and by the next run."""

from pathlib import Path

import msgspec

from benchmarks.figures import Figure, Goal
from benchmarks.plot import plot, score
from benchmarks.results import Results, write
from benchmarks.table import table

FIGURES = [
    Figure(
        "door",
        "Kafka door",
        "records/s",
        [30_000.0, 28_000.0, 36_000.0],
        [Goal("at least", 31_000), Goal("at least", 1.2, "loop")],
        {"loop": [20_000.0, 20_000.0, 20_000.0], "other": [1.0, 1.0, 1.0]},
    ),
    Figure("idle", "Memory, idle", "MiB", [80.25], [Goal("at most", 160)], better="less"),
]


def test_written_results_are_read_back_as_they_were(tmp_path: Path) -> None:
    write(FIGURES, tmp_path / "results.json")

    read = msgspec.json.decode((tmp_path / "results.json").read_bytes(), type=Results)
    assert read.figures == FIGURES


def test_written_results_name_median_ratio_and_whether_a_goal_was_reached(tmp_path: Path) -> None:
    write(FIGURES, tmp_path / "results.json")

    first = msgspec.json.decode((tmp_path / "results.json").read_bytes())["figures"][0]
    assert first["median"] == 30_000
    assert first["ratios"]["loop"] == 1.5
    assert first["reached"] == [False, True]


def test_the_table_has_a_line_for_each_goal_and_each_floor() -> None:
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table(FIGURES).splitlines()[2:]
    ]

    assert lines == [
        ["Kafka door", "30,000 records/s", "28,000 to 36,000", "", "", "≥ 31,000", "NO"],
        ["", "", "", "loop 20,000", "1.50", "≥ 1.2 ×", "yes"],
        ["", "", "", "other 1", "30000.00", "", ""],
        ["Memory, idle", "80.2 MiB", "80.2 to 80.2", "", "", "≤ 160", "yes"],
    ]


def test_a_bar_is_one_at_the_goal_and_longer_where_it_is_better() -> None:
    idle = FIGURES[1]

    assert score(idle, Goal("at most", 160.5)) == 2.0
    assert score(idle, Goal("at least", 80.25)) == 1.0


def test_equal_figures_draw_equal_plots(tmp_path: Path) -> None:
    plot(FIGURES, tmp_path / "one.svg")
    plot(FIGURES, tmp_path / "two.svg")

    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
