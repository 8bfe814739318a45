"""Decisions at and around the thresholds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_a_policy_may_decline_at_certainty_only() -> None:
    policy = Policy(review=0.5, decline=1.0)
    assert [policy.decide(score) for score in (0.5, 0.9999, 1.0)] == ["review", "review", "decline"]


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.1, 0.5, 1.0])))
def test_a_whole_history_gets_the_decisions_of_its_scores_one_by_one(scores: list[float]) -> None:
    policy = Policy(review=0.1, decline=0.5)
    assert policy.decisions(np.array(scores)).tolist() == [policy.decide(score) for score in scores]


@pytest.mark.parametrize("score", [math.nan, -0.1, 1.1])
def test_nor_is_it_among_others(score: float) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        Policy(review=0.1, decline=0.5).decisions(np.array([0.2, score]))
