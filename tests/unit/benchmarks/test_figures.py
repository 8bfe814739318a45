"""Percentiles, medians, ratios and goals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Figure, Goal, percentile

_VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=50)


@given(_VALUES, st.floats(0.01, 1))
def test_a_percentile_is_the_least_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values)


def test_of_a_hundred_values_the_99th_percentile_is_the_99th() -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], 0.99) == 99


def test_the_whole_is_the_largest_value() -> None:
    assert percentile([3.0, 1.0, 2.0], 1.0) == 3.0


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_ratio_is_taken_within_rounds_so_that_a_slow_round_of_both_does_not_count() -> None:
    figure = Figure("door", "Door", "records/s", [30.0, 3.0, 33.0], floors={"loop": [20.0, 2.0, 22.0]})

    assert figure.ratio("loop") == 1.5
    assert figure.median == 30.0
    assert figure.floor("loop") == 20.0


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        (Goal("at least", 30), True),
        (Goal("at least", 31), False),
        (Goal("at most", 29), False),
        (Goal("at least", 1.5, "loop"), True),
        (Goal("at most", 1.4, "loop"), False),
    ],
)
def test_a_goal_is_for_the_median_or_for_its_ratio_to_a_floor(goal: Goal, reached: bool) -> None:
    figure = Figure("door", "Door", "records/s", [30.0], floors={"loop": [20.0]})

    assert figure.reached(goal) is reached
