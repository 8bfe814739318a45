"""Outcomes of a replay as rows of `replay_predictions`: those of the live pipeline, with event time alone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.reasons import Reason
from flowserve_ml.runtime import Model
from schemas import identifiers
from schemas.outcomes import Decision, Outcome, Rejected, encoder
from schemas.transaction import Transaction
from stream_processor.pipeline import outcomes
from stream_processor.pipeline.outcomes import Origin
from stream_processor.replay.history import FRAUD, UNKNOWN_LABEL, History
from stream_processor.replay.outcome_tables import STATUSES
from stream_processor.replay.refusals import Refused
from stream_processor.replay.repeats import CONFLICT
from stream_processor.replay.scoring import Scored

COLUMNS = (
    "place",
    "client_id",
    "input_row",
    "request_id",
    "prediction_id",
    "transaction_id",
    "customer_id",
    "terminal_id",
    "amount",
    "currency",
    "occurred_at",
    "status",
    "decision",
    "score",
    "error_code",
    "is_fraud",
    "body",
)
Row = tuple[object, ...]

_STATUS = COLUMNS.index("status")
_NAMES = (
    "row",
    "transaction_id",
    "customer_id",
    "terminal_id",
    "minor",
    "currency",
    "micros",
    "label",
    "status",
    "score",
    "decision",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Features(msgspec.Struct, frozen=True, gc=False):
    prediction: int
    late: bool
    row: tuple[float, ...]


class Batch(NamedTuple):
    """Rows after the first `done` of a run, with the values of COLUMNS. `seconds`: when the first occurred,
    since 1970 UTC; a refused row has no time: 0."""

    done: int
    seconds: float
    rows: list[Row]


class OutcomeRows:
    """Rows by `place`, from 1: first what was refused, then the wanted transactions in event-time order."""

    def __init__(self, history: History, scored: Scored, model: Model) -> None:
        self._history = history
        self._scored = scored
        self._model = model

    def __len__(self) -> int:
        return sum(self._scored.counts.values())

    def batches(self, most: int, done: int = 0) -> Iterator[Batch]:
        """Those after the first `done`, `most` at most at a time."""
        before = 0
        for refused, _ in self._history.refused.pieces():
            for first in range(max(done - before, 0), len(refused), most):
                numbered = enumerate(refused[first : first + most], start=before + first + 1)
                yield Batch(before + first, 0.0, [self._refused(place, entry) for place, entry in numbered])
            before += len(refused)
        for table in self._scored.by_event():
            for first in range(max(done - before, 0), len(table), most):
                seconds = table["micros"][first].as_py() / 1e6
                rows = self._transactions(table.slice(first, most), before + first)
                yield Batch(before + first, seconds, rows)
            before += len(table)

    def _transactions(self, table: pa.Table, before: int) -> list[Row]:
        features = np.column_stack([table[name].to_numpy() for name in FEATURES])  # a missing one is NaN
        reasons = self._model.explain(features, [each or "approve" for each in table["decision"].to_pylist()])
        columns = (table[name].to_pylist() for name in _NAMES)
        entries = enumerate(zip(*columns, features.tolist(), reasons, strict=True), start=before + 1)
        return [self._row(place, *entry) for place, entry in entries]

    def _row(
        self,
        place: int,
        row: int,
        transaction_id: str,
        customer_id: str,
        terminal_id: str,
        minor: int,
        currency: str,
        micros: int,
        label: int,
        status: str,
        score: float | None,
        decision: Decision | None,
        features: list[float],
        reasons: list[Reason],
    ) -> Row:
        occurred_at = datetime.fromtimestamp(micros / 1e6, UTC)
        transaction = Transaction(transaction_id, customer_id, terminal_id, minor, currency, occurred_at)
        outcome = self._outcome(row, transaction, status, score, decision, features, reasons)
        return (
            place,
            self._history.client_id,
            row,
            outcome.request_id,
            None if isinstance(outcome, Rejected) else outcome.prediction_id,
            transaction_id,
            customer_id,
            terminal_id,
            minor,
            currency,
            occurred_at,
            status,
            decision,
            score,
            outcome.problem.code if isinstance(outcome, Rejected) else None,
            None if label == UNKNOWN_LABEL else label == FRAUD,
            encoder.encode(outcome).decode(),
        )

    def _outcome(
        self,
        row: int,
        transaction: Transaction,
        status: str,
        score: float | None,
        decision: Decision | None,
        features: list[float],
        reasons: list[Reason],
    ) -> Outcome:
        at = transaction.occurred_at
        origin = Origin(identifiers.record_request_id("replay", 0, row), "replay", at, at)
        if status == STATUSES[CONFLICT]:
            return outcomes.rejected(outcomes.conflict(), transaction, origin)
        prediction = identifiers.prediction_id(
            self._history.client_id, transaction.customer_id, transaction.transaction_id
        )
        if score is None or decision is None:
            return outcomes.duplicate(transaction, prediction, origin)
        known = _Features(prediction, False, tuple(features))
        return outcomes.scored(transaction, known, score, decision, reasons, self._model, origin)

    def _refused(self, place: int, entry: Refused) -> Row:
        request_id = identifiers.record_request_id("replay", 0, entry.row)
        outcome = outcomes.rejected(entry.refusal, None, Origin(request_id, "replay", _EPOCH, _EPOCH))
        nothing = (None,) * 7
        body = encoder.encode(outcome).decode()
        known = (place, self._history.client_id, entry.row, request_id)
        return *known, *nothing, "rejected", None, None, entry.refusal.code, None, body


def statuses(rows: Sequence[Row]) -> list[str]:
    """The status of each row."""
    return [str(row[_STATUS]) for row in rows]
