"""Money at stake, in cents of the base currency: by decision, and where labels are known by what it was."""

import numpy as np
import numpy.typing as npt

from stream_processor.replay.report.common import (
    APPROVE,
    DECISIONS,
    DECLINE,
    FRAUD,
    GENUINE,
    REVIEW,
    Codes,
    Numbers,
)


def by_decision(decisions: Codes, cents: Numbers) -> dict[str, dict[str, int]]:
    """Number and sum of what is approved, reviewed and declined."""
    return {name: _sum(decisions == code, cents) for code, name in enumerate(DECISIONS)}


def by_label(decisions: Codes, cents: Numbers, labels: Codes) -> dict[str, dict[str, int]]:
    """What the decisions mean where the truth is known: fraud caught (reviewed or declined) and missed,
    genuine customers declined wrongly, and genuine ones who wait for a review."""
    fraud, genuine = labels == FRAUD, labels == GENUINE
    return {
        "fraud_caught": _sum(fraud & (decisions != APPROVE), cents),
        "fraud_declined": _sum(fraud & (decisions == DECLINE), cents),
        "fraud_missed": _sum(fraud & (decisions == APPROVE), cents),
        "genuine_declined": _sum(genuine & (decisions == DECLINE), cents),
        "genuine_reviewed": _sum(genuine & (decisions == REVIEW), cents),
    }


def _sum(chosen: npt.NDArray[np.bool_], cents: Numbers) -> dict[str, int]:
    return {"transactions": int(chosen.sum()), "cents": int(cents[chosen].sum())}
