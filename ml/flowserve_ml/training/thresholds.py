"""Chooses the decision thresholds on the validation weeks, by one stated rule."""

import numpy as np
import numpy.typing as npt

from flowserve_ml.policy import Policy

DECLINE_PRECISION = 0.95
FLAGGED_SHARE = 0.005
RULE = (
    f"decline: the lowest score at which at least {DECLINE_PRECISION:.0%} of the transactions at or above it "
    f"are fraud; review: the score that leaves at most {FLAGGED_SHARE:.1%} of all transactions for review or "
    "decline (what the analysts can look at); both on the validation weeks"
)
_STEP = 1e-4  # thresholds are read and compared by people: four decimals


def choose_policy(scores: npt.NDArray[np.float64], is_fraud: npt.NDArray[np.bool_]) -> Policy:
    """Thresholds by RULE; where no score is precise enough, only a score of 1 declines."""
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(is_fraud[order])
    last_of_score = np.append(ranked[1:] < ranked[:-1], True)  # equal scores are decided alike
    counts = np.arange(1, len(ranked) + 1)
    precise = last_of_score & (hits >= DECLINE_PRECISION * counts)
    decline = _round_up(ranked[precise].min()) if precise.any() else 1.0
    affordable = last_of_score & (counts <= FLAGGED_SHARE * len(ranked))
    review = _round_up(ranked[affordable].min()) if affordable.any() else decline
    return Policy(review=min(review, decline / 2), decline=decline)


def _round_up(score: float) -> float:
    return min(1.0, round(float(np.ceil(score / _STEP)) * _STEP, 4))
