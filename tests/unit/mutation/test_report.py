"""What is said of the mutants, of modules tried at different times and of survivors that were tried again."""

from pathlib import Path

import pytest

from tests.mutation.mutants import Mutant, Source
from tests.mutation.report import Tried, figures, read, table, tried_again, write
from tests.mutation.targets import ROOT, targets
from tests.mutation.trial import Fate, Outcome

(CLIENTS,) = targets(["stream_processor.pipeline.clients"])


@pytest.fixture
def mutants() -> list[Mutant]:
    return Source(ROOT / CLIENTS.file).mutants()[:4]


def tried(mutants: list[Mutant], *fates: Fate) -> Tried:
    return Tried(
        CLIENTS, 40, [(mutant, Outcome(fate, 1.0)) for mutant, fate in zip(mutants, fates, strict=True)]
    )


def test_whatever_did_not_survive_was_noticed(mutants: list[Mutant]) -> None:
    done = tried(mutants, "killed", "survived", "timed out", "not importable")
    assert table([figures(done, "2026-11-30")]).splitlines()[2:] == [
        "| `stream_processor.pipeline.clients` | 40 | 4 | 3 | 75.0% | 2026-11-30 |",
        "| All | 40 | 4 | 3 | 75.0% | 2026-11-30 |",
    ]


def test_all_the_modules_are_counted_together_whatever_day_they_were_tried(mutants: list[Mutant]) -> None:
    first = figures(tried(mutants[:1], "killed"), "2026-11-29")
    second = figures(tried(mutants, "survived", "survived", "survived", "killed"), "2026-11-30")
    assert (
        table([first, second]).splitlines()[-1] == "| All | 80 | 5 | 2 | 40.0% | 2026-11-29 to 2026-11-30 |"
    )


def test_survivors_that_are_tried_again_leave_what_was_noticed_before_as_it_was(
    mutants: list[Mutant],
) -> None:
    earlier = figures(tried(mutants, "killed", "survived", "survived", "survived"), "2026-11-29")
    again = tried_again(earlier, tried(mutants[1:3], "killed", "survived"), "2026-11-30")
    assert again["survivors"] == [earlier["survivors"][2], earlier["survivors"][1]]
    assert again["fates"] == {"killed": 2, "survived": 2}
    assert (again["of"], again["mutants"], again["day"]) == (40, 4, "2026-11-30")


def test_what_is_written_is_read_back_by_module_and_no_file_is_nothing(
    mutants: list[Mutant], tmp_path: Path
) -> None:
    file = tmp_path / "build/mutation.json"
    assert read(file) == {}
    found = figures(tried(mutants[:2], "killed", "survived"), "2026-11-30")
    write({"stream_processor.pipeline.clients": found}, file)
    assert read(file) == {"stream_processor.pipeline.clients": found}
