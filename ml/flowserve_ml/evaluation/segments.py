"""Whether the decisions treat some customers or terminals worse: errors of each kind by segment."""

from typing import Any

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.policy import Policy

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEW_CUSTOMER_COUNT = 5
SMALL_MEAN, LARGE_MEAN = 20.0, 80.0


def segments(rows: Floats, scores: Floats, is_fraud: Flags, policy: Policy) -> dict[str, dict[str, Any]]:
    """By segment: rows, share of frauds, of frauds that are flagged (review or decline), and of genuine
    transactions that are; None where a segment holds none."""
    flagged = scores >= policy.review
    return {
        name: {
            "transactions": int(inside.sum()),
            "fraud_share": _share(is_fraud, inside),
            "frauds_flagged": _share(flagged, inside & is_fraud),
            "genuine_flagged": _share(flagged, inside & ~is_fraud),
        }
        for name, inside in _members(rows).items()
    }


def _members(rows: Floats) -> dict[str, Flags]:
    count, mean = _column(rows, "customer_count_30d"), _column(rows, "customer_mean_30d")
    return {
        "everybody": np.ones(len(rows), dtype=bool),
        f"new customers (at most {NEW_CUSTOMER_COUNT} transactions in 30 days)": count <= NEW_CUSTOMER_COUNT,
        f"customers of small amounts (mean below {SMALL_MEAN:.0f})": mean < SMALL_MEAN,
        f"customers of large amounts (mean above {LARGE_MEAN:.0f})": mean > LARGE_MEAN,
        "terminals without a due label": _column(rows, "terminal_last_label") < 0,
        "at night": _column(rows, "night") == 1,
    }


def _column(rows: Floats, name: str) -> Floats:
    column: Floats = rows[:, FEATURES.index(name)]
    return column


def _share(what: Flags, among: Flags) -> float | None:
    return round(float(what[among].mean()), 5) if among.any() else None
