"""The scored table as a Parquet file: one row per row of the input, in its order."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.files import replaced_whole
from schemas.card_numbers import holds_card_number
from schemas.problems import Refusal
from stream_processor.pipeline.outcomes import conflict
from stream_processor.replay.history import FRAUD, UNKNOWN_LABEL, History
from stream_processor.replay.scoring import CONFLICT, DUPLICATE, SCORED, Scored

METADATA_KEY = b"flowserve.replay"
_STATUS = np.array(["scored", "duplicate", "rejected"], dtype=object)

_ROWS_AT_ONCE = 131_072

Numbers = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


def write_scored(path: Path, history: History, scored: Scored, wanted: Flags, about: dict[str, Any]) -> None:
    """Writes the rows that are `wanted` and those that were refused, whole or not at all.

    `about` becomes the file's metadata. Columns and types are those that `flowserve compare` reads.
    """
    places = np.flatnonzero(wanted)
    refused = np.array([entry.row for entry in history.refused], dtype=np.int64)
    rows = np.concatenate([history.table["row"].to_numpy()[places], refused])
    order = np.argsort(rows, kind="stable")
    parts = _Parts(history, scored, places)
    schema = parts.table(order[:0]).schema.with_metadata({METADATA_KEY: json.dumps(about).encode()})
    with replaced_whole(path) as temporary, pa.parquet.ParquetWriter(temporary, schema) as writer:
        for first in range(0, len(order), _ROWS_AT_ONCE):
            part = parts.table(order[first : first + _ROWS_AT_ONCE])
            writer.write_table(part.replace_schema_metadata(schema.metadata))


class _Parts:
    """Makes the table part by part: the whole of it twice would not fit beside the features."""

    def __init__(self, history: History, scored: Scored, places: Numbers) -> None:
        self._history = history
        self._scored = scored
        self._places = places
        self._ids = _ids(history)

    def table(self, chosen: Numbers) -> pa.Table:
        """`chosen`: numbers below the count of places are places, those above are refused rows."""
        known, scored = self._history.table, self._scored
        lost = chosen >= len(self._places)
        place = (
            np.where(lost, 0, self._places[np.where(lost, 0, chosen)]) if len(self._places) else chosen * 0
        )
        gone = [self._history.refused[number - len(self._places)] for number in chosen[lost].tolist()]
        rows = np.empty(len(chosen), dtype=np.int64)
        rows[lost] = [entry.row for entry in gone]
        rows[~lost] = known["row"].to_numpy()[place[~lost]]

        def column(values: npt.NDArray[Any], kind: pa.DataType) -> pa.Array:
            """NaN is missing."""
            if not len(values):
                return pa.nulls(len(place), kind)
            taken = values[place]
            return pa.array(taken, kind, mask=lost | np.isnan(taken) if kind == pa.float64() else lost)

        status = (
            np.where(lost, CONFLICT, scored.status[place]) if len(known) else np.full(len(lost), CONFLICT)
        )
        problems = np.full(len(chosen), None, dtype=object)
        problems[status == CONFLICT] = sentence(conflict())
        problems[lost] = [sentence(entry.refusal) for entry in gone]
        return pa.table(
            {
                "row": pa.array(rows),
                "transaction_id": self._ids.take(pa.array(rows - 1)),
                "customer_id": column(known["customer_id"].to_numpy(dtype=object), pa.string()),
                "terminal_id": column(known["terminal_id"].to_numpy(dtype=object), pa.string()),
                "occurred_at": column(known["micros"].to_numpy(), pa.timestamp("us", "UTC")),
                "status": pa.array(_STATUS[status], pa.string()),
                "score": column(scored.scores, pa.float64()),
                "decision": column(scored.decisions, pa.string()),
                "reasons": pa.array(self._reasons(place, lost), pa.string()),
                "problem": pa.array(problems, pa.string()),
                "is_fraud": self._labels(place, lost),
                "late": pa.repeat(pa.scalar(False), len(chosen)),
                **{
                    name: column(scored.rows[:, number], pa.float64()) for number, name in enumerate(FEATURES)
                },
            }
        )

    def _labels(self, place: Numbers, lost: Flags) -> pa.Array:
        if not len(self._places):
            return pa.nulls(len(place), pa.bool_())
        label = self._history.table["label"].to_numpy()[place]
        return pa.array(label == FRAUD, mask=lost | (label == UNKNOWN_LABEL))

    def _reasons(self, place: Numbers, lost: Flags) -> list[str | None]:
        found = self._scored.reasons
        return [
            ";".join(reason.code for reason in found[number]) if number in found and not gone else None
            for number, gone in zip(place.tolist(), lost.tolist(), strict=True)
        ]


def _ids(history: History) -> pa.Array:
    """As they were given, where they are of one type; a card number is not repeated."""
    try:
        ids = pa.array(history.ids)
    except (pa.ArrowException, OverflowError):
        ids = pa.array([None if value is None else str(value) for value in history.ids], pa.string())
    if pa.types.is_large_string(ids.type):
        ids = ids.cast(pa.string())
    hidden = [
        entry.row - 1 for entry in history.refused if holds_card_number(str(history.ids.iloc[entry.row - 1]))
    ]
    if not hidden:
        return ids
    numbers = np.arange(len(ids))
    return ids.take(pa.array(numbers, mask=np.isin(numbers, hidden)))


def sentence(refusal: Refusal) -> str:
    """The code of a refusal and what to do about it."""
    return f"{refusal.code}: {'; '.join(error.detail for error in refusal.errors) or refusal.detail}"


def counts(scored: Scored, history: History, wanted: npt.NDArray[np.bool_]) -> dict[str, int]:
    """How many of the wanted rows have which outcome."""
    status = scored.status[wanted]
    return {
        "scored": int((status == SCORED).sum()),
        "duplicate": int((status == DUPLICATE).sum()),
        "rejected": int((status == CONFLICT).sum()) + len(history.refused),
    }
