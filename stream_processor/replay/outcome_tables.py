"""What became of the rows of an input, as tables: scored, repeated, refused."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.runtime import Model
from schemas.problems import Refusal
from stream_processor.pipeline.outcomes import conflict
from stream_processor.replay.history import columns
from stream_processor.replay.refusals import Refused
from stream_processor.replay.repeats import CONFLICT, SCORED

Floats = npt.NDArray[np.float64]

STATUSES = ("scored", "duplicate", "rejected")
"""By SCORED, DUPLICATE and CONFLICT."""

_UNKEPT = ("cents", "due_fraud")


def outcome_columns(given: pa.DataType) -> pa.Schema:
    """Of a history all but what only the fold needs, and of its outcome `status`, `score`, `decision`,
    `reasons` (codes, a semicolon between two), `problem` (a sentence) and FEATURES.

    All is null that does not apply: a refused row has `row`, `given`, `status` and `problem` alone.
    """
    kept = [field for field in columns(given) if field.name not in _UNKEPT]
    texts = {name: pa.string() for name in ("status", "decision", "reasons", "problem")}
    floats = dict.fromkeys(("score", *FEATURES), pa.float64())
    return pa.schema([*kept, *pa.schema(texts | floats)])


def outcome_table(table: pa.Table, status: npt.NDArray[np.int8], rows: Floats, model: Model) -> pa.Table:
    """Of transactions of a history; `rows`, shape (n, len(FEATURES)), are NaN unless SCORED."""
    places = np.flatnonzero(status == SCORED)
    scores = np.full(len(table), np.nan)
    scores[places] = model.score(rows[places])
    decisions = np.full(len(table), None, dtype=object)
    decisions[places] = model.manifest.policy.decisions(scores[places])
    reasons = np.full(len(table), None, dtype=object)
    flagged = places[decisions[places] != "approve"]
    explained = model.explain(rows[flagged], decisions[flagged].tolist())
    for place, found in zip(flagged.tolist(), explained, strict=True):
        reasons[place] = ";".join(reason.code for reason in found)
    problems = np.full(len(table), None, dtype=object)
    problems[status == CONFLICT] = sentence(conflict())
    values = {
        "status": np.array(STATUSES)[status],
        "score": scores,
        "decision": decisions,
        "reasons": reasons,
        "problem": problems,
        **{name: rows[:, number] for number, name in enumerate(FEATURES)},
    }
    schema = outcome_columns(table.schema.field("given").type)
    made = [
        _array(values[field.name], field.type) if field.name in values else table[field.name]
        for field in schema
    ]
    return pa.table(made, schema)


def refused_table(refused: Sequence[Refused], given: pa.ChunkedArray) -> pa.Table:
    """Of rows that are no transactions, with their ids as they were given."""
    schema, count = outcome_columns(given.type), len(refused)
    known = {
        "row": pa.array([entry.row for entry in refused], pa.int64()),
        "given": given,
        "status": pa.repeat(pa.scalar(STATUSES[CONFLICT]), count),
        "problem": pa.array([sentence(entry.refusal) for entry in refused], pa.string()),
    }
    return pa.table([known.get(field.name, pa.nulls(count, field.type)) for field in schema], schema)


def sentence(refusal: Refusal) -> str:
    """The code of a refusal and what to do about it."""
    return f"{refusal.code}: {'; '.join(error.detail for error in refusal.errors) or refusal.detail}"


def _array(values: npt.NDArray[Any], kind: pa.DataType) -> pa.Array:
    """NaN is missing."""
    return pa.array(values, kind, from_pandas=True)
