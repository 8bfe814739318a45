"""Decisions that differ between the two sides: how many, and the most telling ones."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from stream_processor.replay.report.common import DECISIONS, UNKNOWN, Common, Numbers, Places, Side

EXAMPLES = 10


def matrix(
    baseline: npt.NDArray[np.int8], candidate: npt.NDArray[np.int8], weights: Numbers | None = None
) -> list[list[int]]:
    """Counts, or sums of the weights: rows are the baseline's decisions, columns the candidate's."""
    cells = np.zeros(len(DECISIONS) ** 2, dtype=np.int64)
    values = np.ones(len(baseline), dtype=np.int64) if weights is None else weights
    np.add.at(cells, baseline.astype(np.intp) * len(DECISIONS) + candidate, values)
    rows: list[list[int]] = cells.reshape(len(DECISIONS), -1).tolist()
    return rows


def flips(common: Common, baseline: Side) -> dict[str, Any]:
    """Counts and amounts (cents) by pair of decisions, and examples of what flipped."""
    candidate = common.candidate
    flipped = np.flatnonzero(baseline.decisions != candidate.decisions)
    differences = np.abs(candidate.scores - baseline.scores)[flipped]
    return {
        "compared": len(candidate.places),
        "flipped": len(flipped),
        "decisions": list(DECISIONS),
        "counts": matrix(baseline.decisions, candidate.decisions),
        "cents": matrix(baseline.decisions, candidate.decisions, common.cents),
        "largest_score_differences": _examples(common, baseline, flipped[_largest(differences)]),
        "largest_amounts": _examples(common, baseline, flipped[_largest(common.cents[flipped])]),
    }


def _largest(values: npt.NDArray[Any]) -> Places:
    # Stable, so that equal values come in the order of the input.
    return np.argsort(-values, kind="stable")[:EXAMPLES]


def _examples(common: Common, baseline: Side, chosen: Places) -> list[dict[str, Any]]:
    return [_example(common, baseline, number) for number in chosen.tolist()]


def _example(common: Common, baseline: Side, number: int) -> dict[str, Any]:
    row = common.candidate.scored.table.iloc[common.candidate.places[number]]
    label = int(common.labels[number])
    return {
        "transaction_id": str(row["transaction_id"]),
        "customer_id": row["customer_id"],
        "terminal_id": row["terminal_id"],
        "occurred_at": row["occurred_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "cents": int(common.cents[number]),
        "is_fraud": None if label == UNKNOWN else bool(label),
        "baseline": _decided(baseline, number),
        "candidate": _decided(common.candidate, number),
    }


def _decided(side: Side, number: int) -> dict[str, Any]:
    reasons = side.scored.table["reasons"].iloc[side.places[number]]
    return {
        "score": float(side.scores[number]),
        "decision": DECISIONS[side.decisions[number]],
        "reasons": [] if pd.isna(reasons) else reasons.split(";"),
    }
