"""Decisions at and around the thresholds."""

import math

import pytest

from flowserve_ml.policy import Policy


@pytest.mark.parametrize(
    ("score", "decision"),
    [
        (0.0, "approve"),
        (0.0999, "approve"),
        (0.1, "review"),
        (0.4999, "review"),
        (0.5, "decline"),
        (1.0, "decline"),
    ],
)
def test_a_threshold_belongs_to_the_stricter_decision(score: float, decision: str) -> None:
    assert Policy(review=0.1, decline=0.5).decide(score) == decision


@pytest.mark.parametrize("score", [math.nan, -0.1, 1.1, math.inf])
def test_what_is_no_probability_is_never_decided(score: float) -> None:
    with pytest.raises(ValueError, match="is a probability"):
        Policy(review=0.1, decline=0.5).decide(score)


@pytest.mark.parametrize(
    ("review", "decline"), [(0.5, 0.5), (0.6, 0.5), (0.0, 0.5), (0.1, 1.1), (math.nan, 0.5)]
)
def test_thresholds_out_of_order_are_refused(review: float, decline: float) -> None:
    with pytest.raises(ValueError, match="0 < review < decline"):
        Policy(review=review, decline=decline)
