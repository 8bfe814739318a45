"""What is written can be read, by people and by the next run."""

from pathlib import Path

import msgspec
import pytest

from benchmarks.document import DOCUMENT, put
from benchmarks.figures import Figure, Goal
from benchmarks.plot import plot, score
from benchmarks.results import Results, write
from benchmarks.rows.micro import figures
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


def test_the_table_takes_its_place_in_the_document_and_nothing_else_moves(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- figures: written by `make bench` -->\nold\n<!-- end of figures -->\nafter\n"
    )

    put("| new |", page)
    put("| newer |", page)

    assert page.read_text() == (
        "before\n<!-- figures: written by `make bench` -->\n| newer |\n<!-- end of figures -->\nafter\n"
    )


def test_a_document_without_that_place_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text")

    with pytest.raises(ValueError, match="no place"):
        put("| new |", page)
    assert page.read_text() == "text"


def test_the_committed_document_has_the_place() -> None:
    assert "<!-- figures: written by `make bench` -->\n" in DOCUMENT.read_text()


def test_a_step_is_paired_with_the_floor_that_names_it() -> None:
    found = figures({"model": [2.0, 3.0], "model (floor: the plain session)": [1.0, 1.5], "encode": [4.0]})

    assert [(one.name, one.floors) for one in found] == [
        ("micro-model", {"the plain session": [1.0, 1.5]}),
        ("micro-encode", {}),
    ]
