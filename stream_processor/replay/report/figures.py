"""All figures of a report as plain values: what the JSON file holds and the page shows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from stream_processor.replay.report import money, quality, shift
from stream_processor.replay.report.common import DECLINE, FRAUD, GENUINE, REVIEW, UNKNOWN, Common, Side, join
from stream_processor.replay.report.features import feature_differences
from stream_processor.replay.report.flips import flips
from stream_processor.replay.report.scored import STATUSES, ScoredTable, period

FORMAT = 1
_GRID = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

Figures = dict[str, Any]


def figures(candidate: ScoredTable, baseline: ScoredTable | None, generated_at: datetime) -> Figures:
    """Sides are `baseline` (left out where there is none) and `candidate`. Raises ReportError."""
    common = join(candidate, baseline)
    sides = dict(_sides(common))
    made: Figures = {
        "format": FORMAT,
        "generated_at": generated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "currency": candidate.info.currency,
        "sides": {name: _about(side) for name, side in sides.items()},
        "compared": {
            "transactions": len(common.cents),
            "only_candidate": common.only_candidate,
            "only_baseline": common.only_baseline,
            "repeated": common.repeated,
            "cents": int(common.cents.sum()),
        },
        "histogram": {
            "edges": shift.edges(),
            "counts": {name: shift.histogram(side.scores) for name, side in sides.items()},
        },
        "money": {name: money.by_decision(side.decisions, common.cents) for name, side in sides.items()},
        "labels": _labels(common),
    }
    if common.baseline is not None:
        made["flips"] = flips(common, common.baseline)
        made["shift"] = shift.shift(common.baseline.scores, common.candidate.scores)
        made["features"] = feature_differences(common, common.baseline)
    if made["labels"]["fraud"] and made["labels"]["genuine"]:
        made["quality"] = _quality(common, sides)
    return made


def _sides(common: Common) -> Iterator[tuple[str, Side]]:
    if common.baseline is not None:
        yield "baseline", common.baseline
    yield "candidate", common.candidate


def _about(side: Side) -> dict[str, Any]:
    scored = side.scored
    counts = scored.table["status"].value_counts()
    first, last = period(scored)
    return {
        "name": scored.name,
        **vars(scored.info),
        "from": first,
        "to": last,
        "counts": {status: int(counts.get(status, 0)) for status in STATUSES},
        "late": int(scored.table["late"].sum()),
    }


def _labels(common: Common) -> dict[str, int]:
    return {
        "fraud": int((common.labels == FRAUD).sum()),
        "genuine": int((common.labels == GENUINE).sum()),
        "unknown": int((common.labels == UNKNOWN).sum()),
        "contradicted": common.contradicted,
    }


def _quality(common: Common, sides: dict[str, Side]) -> dict[str, Any]:
    """Over the transactions whose label is known, the same ones for both sides."""
    labelled = common.labels != UNKNOWN
    is_fraud = common.labels[labelled] == FRAUD
    seconds, customers = common.seconds[labelled], common.customers[labelled]
    days = common.candidate.scored.info.label_delay_days
    open_ = quality.not_yet_blocked(seconds, customers, is_fraud, days)
    made: dict[str, Any] = {"blocked_cards_rows": int((~open_).sum())}
    for name, side in sides.items():
        scores = side.scores[labelled]
        made[name] = {
            "ranking": quality.ranking(scores, is_fraud, seconds, customers),
            "ranking_without_blocked_cards": quality.ranking(
                scores[open_], is_fraud[open_], seconds[open_], customers[open_]
            ),
            "precision_recall": quality.precision_recall(scores, is_fraud),
            "decided": {
                "review_or_decline": quality.decided(side.decisions, common.labels, REVIEW),
                "decline": quality.decided(side.decisions, common.labels, DECLINE),
            },
            "by_threshold": quality.confusion(scores, is_fraud, _thresholds(sides)),
            "money": money.by_label(side.decisions, common.cents, common.labels),
        }
    return made


def _thresholds(sides: dict[str, Side]) -> list[float]:
    """A fixed grid and the thresholds of both policies."""
    policies = [(side.scored.info.review, side.scored.info.decline) for side in sides.values()]
    return sorted({*_GRID, *(threshold for pair in policies for threshold in pair if threshold is not None)})
