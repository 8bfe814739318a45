"""How well a side ranks and decides, where labels are known; definitions are those of the model card."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from flowserve_ml.evaluation.ranking import RankedRows, card_days
from flowserve_ml.features.definitions import DAY_SECONDS
from stream_processor.replay.report.common import FRAUD, GENUINE, Codes, Floats, Numbers

CURVE_POINTS = 200

Flags = npt.NDArray[np.bool_]


def roc_auc(scores: Floats, is_fraud: Flags) -> float:
    """How often a fraud scores above a genuine one, a tie counting half; NaN without one of the two."""
    frauds, genuine = scores[is_fraud], np.sort(scores[~is_fraud])
    if not len(frauds) or not len(genuine):
        return float("nan")
    below, up_to = (np.searchsorted(genuine, frauds, side) for side in ("left", "right"))
    return float((below + up_to).sum() / 2 / len(frauds) / len(genuine))


def precision_recall(scores: Floats, is_fraud: Flags) -> list[list[float]]:
    """Pairs (recall, precision) by falling threshold: where recall passes each of CURVE_POINTS steps."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    hits = np.cumsum(is_fraud[order])[ends]
    recall, precision = hits / hits[-1], hits / (ends + 1)
    steps = np.searchsorted(recall, np.arange(CURVE_POINTS + 1) / CURVE_POINTS)
    chosen = np.unique(np.append(0, steps))
    return np.round(np.column_stack([recall[chosen], precision[chosen]]), 6).tolist()  # type: ignore[no-any-return]


def ranking(
    scores: Floats, is_fraud: Flags, seconds: Numbers, customers: npt.NDArray[np.int32]
) -> dict[str, float | None]:
    """Average precision and ROC AUC over all rows, card precision@100 as the mean of the (UTC) days."""
    days = card_days(customers, seconds // DAY_SECONDS, scores, is_fraud)
    return {
        "average_precision": known(RankedRows(scores, is_fraud).average_precision()),
        "roc_auc": known(roc_auc(scores, is_fraud)),
        "card_precision_100": known(float(np.mean([day.precision()[1] for day in days]))) if days else None,
    }


def not_yet_blocked(
    seconds: Numbers, customers: npt.NDArray[np.int32], is_fraud: Flags, label_delay_days: float
) -> Flags:
    """Rows of cards without a known fraud: one becomes known at the midnight after its label falls due.

    Such cards would have been blocked, so ranking them high proves little.
    """
    never = np.iinfo(np.int64).max
    known_day = np.full(int(customers.max(initial=-1)) + 1, never)
    due = -(-(seconds[is_fraud] + round(label_delay_days * DAY_SECONDS)) // DAY_SECONDS)
    np.minimum.at(known_day, customers[is_fraud], due)
    open_: Flags = known_day[customers] > seconds // DAY_SECONDS
    return open_


def confusion(scores: Floats, is_fraud: Flags, thresholds: Sequence[float]) -> list[dict[str, Any]]:
    """What would be flagged from each threshold on: counts, precision and recall."""
    frauds, genuine = np.sort(scores[is_fraud]), np.sort(scores[~is_fraud])
    found = [
        (
            threshold,
            len(frauds) - int(np.searchsorted(frauds, threshold)),
            len(genuine) - int(np.searchsorted(genuine, threshold)),
        )
        for threshold in thresholds
    ]
    return [
        {"threshold": threshold, **counted(hits, alarms, len(frauds), len(genuine))}
        for threshold, hits, alarms in found
    ]


def decided(decisions: Codes, labels: Codes, least: int) -> dict[str, Any]:
    """The same for what was really decided: flagged is `least` (a number of DECISIONS) or sterner."""
    fraud, genuine, flagged = labels == FRAUD, labels == GENUINE, decisions >= least
    hits, alarms = int((fraud & flagged).sum()), int((genuine & flagged).sum())
    return counted(hits, alarms, int(fraud.sum()), int(genuine.sum()))


def counted(hits: int, alarms: int, frauds: int, genuine: int) -> dict[str, Any]:
    """One line of a confusion table; precision is None where nothing is flagged, recall without frauds."""
    return {
        "fraud_flagged": hits,
        "fraud_passed": frauds - hits,
        "genuine_flagged": alarms,
        "genuine_passed": genuine - alarms,
        "precision": hits / (hits + alarms) if hits + alarms else None,
        "recall": hits / frauds if frauds else None,
    }


def known(value: float) -> float | None:
    """None for NaN, which JSON has not."""
    return None if np.isnan(value) else value
