"""What a profile says of the parts of a process."""

import pytest

from benchmarks.shares import OTHER, shares, table

PARTS = (("model", "score ("), ("scoring", "decide ("))


def test_a_sample_belongs_to_the_first_part_that_its_stack_holds() -> None:
    stacks = ["main (a.py:1);decide (b.py:2);score (c.py:3) 6", "main (a.py:1);decide (b.py:9) 2"]

    assert shares(stacks, PARTS) == [("model", 0.75), ("scoring", 0.25)]


def test_what_no_part_names_is_shown_as_well_so_that_nothing_is_hidden() -> None:
    assert shares(["main (a.py:1);other (b.py:2) 5"], PARTS) == [(OTHER, 1.0)]


def test_the_largest_part_comes_first_in_the_table() -> None:
    lines = table(["decide (b.py:2) 1", "decide (b.py:2);score (c.py:3) 3"], PARTS).splitlines()

    assert lines[2:] == ["| model | 75.0% |", "| scoring | 25.0% |"]


def test_a_profile_without_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        shares([], PARTS)
