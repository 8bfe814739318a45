"""Every row of the fault matrix is injected, shown by a test that exists, or has its limits written down."""

import re
from pathlib import Path

from schemas.crash_points import NAMES
from tests.faults.campaign import FAULTS, of_form
from tests.faults.rows import ROWS

ROOT = Path(__file__).parents[2]


def test_the_matrix_has_every_row_from_f01_to_f35() -> None:
    assert [row.name for row in ROWS] == [f"F{number:02}" for number in range(1, 36)]


def test_every_row_has_an_outcome() -> None:
    injected = {fault.row for fault in FAULTS}
    assert [row.name for row in ROWS if not (row.name in injected or row.elsewhere or row.limits)] == []


def test_every_test_that_a_row_names_exists() -> None:
    assert [name for row in ROWS for name in row.elsewhere if not (ROOT / name).exists()] == []


def test_every_crash_point_is_a_fault_and_fault_names_are_unique() -> None:
    names = [fault.name for fault in FAULTS]
    assert set(NAMES) <= set(names)
    assert len(set(names)) == len(names)
    assert {fault.row for fault in FAULTS} <= {row.name for row in ROWS}


def test_each_form_of_the_campaign_has_those_of_the_form_before() -> None:
    short, middle, full = ({fault.name for fault in of_form(tier)} for tier in ("short", "middle", "full"))
    assert short < middle < full == {fault.name for fault in FAULTS}


def test_the_report_is_of_this_matrix() -> None:
    report = ROOT / "docs" / "reliability.md"
    assert re.findall(r"^\| (F\d\d) \| ", report.read_text(), re.M) == [row.name for row in ROWS]
