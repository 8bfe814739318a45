"""Whether a score of 20 % means one fraud in five: Brier score and a reliability table."""

from typing import Any

import numpy as np
import numpy.typing as npt

EDGES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.95, 1.0)
"""Bins of the score, closed below; frauds are rare, so most of them lie near zero."""


def brier_score(scores: npt.NDArray[np.float64], is_fraud: npt.NDArray[np.bool_]) -> float:
    """Mean squared difference between score and truth; 0 is perfect."""
    return round(float(np.mean((scores - is_fraud) ** 2)), 6)


def reliability(scores: npt.NDArray[np.float64], is_fraud: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Per bin that holds rows: its edges, how many rows, their mean score and their share of frauds."""
    bins = np.clip(np.digitize(scores, EDGES) - 1, 0, len(EDGES) - 2)
    table = []
    for number in np.unique(bins):
        inside = bins == number
        table.append(
            {
                "from": EDGES[number],
                "to": EDGES[number + 1],
                "transactions": int(inside.sum()),
                "mean_score": round(float(scores[inside].mean()), 5),
                "fraud_share": round(float(is_fraud[inside].mean()), 5),
            }
        )
    return table
