"""A campaign in slices: what is there is not done again, what is not there is, and the report knows all."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.campaign import FAULTS, Campaign, of_form
from tests.faults.result import Run
from tests.faults.results import Results, product_fingerprint, read

FAULT = next(fault for fault in FAULTS if fault.name == "scorer-kill")


def done(repeat: int, **changes: object) -> Run:
    run = Run(FAULT.row, FAULT.name, repeat, seed=7, records=100, kills=8)
    return replace(run, **changes)  # type: ignore[arg-type]


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path, 1, "full", "0123456789ab")


def test_a_run_is_known_by_its_fault_number_seed_form_and_product(results: Results) -> None:
    results.write(FAULT, 2, done(2))
    assert results.has(FAULT, 2)
    assert not results.has(FAULT, 1)
    for other in (
        replace(results, seed=2),
        replace(results, form="middle"),
        replace(results, product="another"),
    ):
        assert not other.has(FAULT, 2)


def test_a_run_that_was_not_clean_is_not_done_again_until_it_passes(results: Results) -> None:
    results.write(FAULT, 0, done(0, lost=1))
    assert results.has(FAULT, 0)


def test_resuming_leaves_out_what_is_there_and_otherwise_all_is_done(results: Results) -> None:
    results.write(FAULT, 0, done(0))
    results.write(FAULT, 3, done(3))
    resumed = Campaign({}, results, resume=True).plan([FAULT], 5)
    assert [repeat for _, repeat in resumed] == [1, 2, 4]
    assert len(Campaign({}, results).plan([FAULT], 5)) == 5


def test_each_fault_has_one_run_unless_more_are_asked_for(results: Results) -> None:
    short = of_form("short")
    assert Campaign({}, results).plan(short) == [(fault, 0) for fault in short]


def test_when_time_is_over_no_run_is_begun(results: Results) -> None:
    campaign = Campaign({}, results, over=lambda: True)
    assert asyncio.run(campaign.run(campaign.plan([FAULT]))) == []
    assert list(results.folder.iterdir()) == []


def test_a_fault_that_cannot_be_done_here_is_noted_with_the_reason_and_tried_again(results: Results) -> None:
    impossible = replace(FAULT, needs=lambda: "there is no root here")
    campaign = Campaign({}, results, resume=True)
    assert asyncio.run(campaign.run(campaign.plan([impossible]))) == []
    (found,) = read(results.folder)
    assert (found["runs"], found["not_injected"]) == ([], "there is no root here")
    assert len(campaign.plan([impossible])) == 1


def test_slices_are_read_as_one_campaign(results: Results) -> None:
    for repeat in (1, 0):
        results.write(FAULT, repeat, done(repeat))
    replace(results, product="another").write(FAULT, 2, done(2))
    (found,) = read(results.folder)
    assert [run["repeat"] for run in found["runs"]] == [0, 1, 2]
    assert found["products"] == {"0123456789ab", "another"}
    assert (found["forms"], found["seeds"], found["not_injected"]) == ({"full"}, {"1"}, "")


def test_the_product_is_another_when_its_code_is(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    file = tmp_path / "schemas" / "topics.py"
    file.write_text("A = 1\n")
    before = product_fingerprint(tmp_path)
    (tmp_path / "schemas" / "notes.md").write_text("nothing that runs\n")
    assert product_fingerprint(tmp_path) == before
    file.write_text("A = 2\n")
    assert product_fingerprint(tmp_path) != before


def test_what_is_written_is_json(results: Results) -> None:
    results.write(FAULT, 0, done(0))
    (file,) = results.folder.iterdir()
    content = json.loads(file.read_text())
    assert (file.name, content["run"]["kills"]) == ("F02-scorer-kill-0.json", 8)
