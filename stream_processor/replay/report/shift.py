"""How the scores moved: histograms, means and the population stability index (PSI)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from stream_processor.replay.report.common import Floats

BINS = 50
_EDGES = np.arange(BINS + 1) / BINS
_DECILES = np.arange(1, 10) / 10
_EMPTY = 0.5


def histogram(scores: Floats) -> list[int]:
    """Counts in BINS equal steps of 0 to 1; a score on an edge belongs above it, 1 to the last step."""
    counts: list[int] = np.histogram(scores, _EDGES)[0].tolist()
    return counts


def edges() -> list[float]:
    """The BINS + 1 edges of the histogram."""
    values: list[float] = _EDGES.tolist()
    return values


def stability(baseline: Floats, candidate: Floats) -> dict[str, Any]:
    """PSI over the deciles of the baseline: the sum of (c - b) ln(c / b) over the shares c and b of a part.

    Parts are (previous decile, decile], equal deciles make one part; an empty one counts half a transaction.
    """
    deciles = np.unique(np.quantile(baseline, _DECILES, method="inverted_cdf"))
    b, c = _counts(deciles, baseline), _counts(deciles, candidate)
    shares_b, shares_c = np.maximum(b, _EMPTY) / len(baseline), np.maximum(c, _EMPTY) / len(candidate)
    parts = (shares_c - shares_b) * np.log(shares_c / shares_b)
    return {
        "psi": float(parts.sum()),
        "parts": [
            {"up_to": up_to, "baseline": int(before), "candidate": int(after), "psi": float(part)}
            for up_to, before, after, part in zip([*deciles.tolist(), None], b, c, parts, strict=True)
        ],
    }


def shift(baseline: Floats, candidate: Floats) -> dict[str, Any]:
    """Means, the mean and the largest absolute difference per transaction, and `stability`."""
    difference = candidate - baseline
    return {
        "baseline_mean": float(baseline.mean()),
        "candidate_mean": float(candidate.mean()),
        "mean_shift": float(difference.mean()),
        "mean_absolute_shift": float(np.abs(difference).mean()),
        "largest_shift": float(np.abs(difference).max()),
        "equal_scores": int((difference == 0).sum()),
        **stability(baseline, candidate),
    }


def _counts(deciles: Floats, scores: Floats) -> npt.NDArray[np.intp]:
    return np.bincount(np.searchsorted(deciles, scores, side="left"), minlength=len(deciles) + 1)
