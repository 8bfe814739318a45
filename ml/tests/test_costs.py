"""Thresholds follow from what decisions cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowserve_ml.costs import Costs

COSTS = Costs(review=3.0, false_decline=30.0, missed_fraud=120.0, found_in_review=0.9)


def cost(decision: str, p: float) -> float:
    if decision == "approve":
        return p * 120
    return 3 + p * 120 * 0.1 if decision == "review" else (1 - p) * 30


@given(st.floats(0, 1))
def test_every_score_gets_the_cheapest_decision(p: float) -> None:
    decision = COSTS.policy().decide(p)
    cheapest = min(cost(other, p) for other in ("approve", "review", "decline"))
    assert cost(decision, p) <= cheapest + 0.01  # thresholds are rounded to four decimals


def test_thresholds_are_read_by_people_and_so_have_four_decimals() -> None:
    assert (COSTS.policy().review, COSTS.policy().decline) == (0.0278, 0.6429)  # 3 / 108 and 27 / 42


def test_a_dearer_review_moves_both_thresholds_inwards() -> None:
    cheap, dear = COSTS.policy(), Costs(6.0, 30.0, 120.0, 0.9).policy()
    assert cheap.review < dear.review < dear.decline < cheap.decline


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ((0.0, 30.0, 120.0, 0.9), "must be above 0"),
        ((3.0, 30.0, 120.0, 1.1), "found_in_review"),
        ((29.0, 30.0, 120.0, 0.9), "nothing is worth a review"),
    ],
)
def test_costs_that_make_no_sense_are_refused(costs: tuple[float, float, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Costs(*costs)
