"""Outcomes of a replay as rows of `replay_predictions`: those of the live pipeline, with event time alone."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
import numpy.typing as npt

from flowserve_ml.runtime import Model
from schemas import identifiers
from schemas.outcomes import Outcome, Prediction, Rejected, encoder
from schemas.transaction import Transaction
from stream_processor.pipeline import outcomes
from stream_processor.pipeline.outcomes import Origin
from stream_processor.replay.history import FRAUD, UNKNOWN_LABEL, History, Refused
from stream_processor.replay.scoring import CONFLICT, DUPLICATE, Scored

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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Features(msgspec.Struct, frozen=True, gc=False):
    prediction: int
    late: bool
    row: tuple[float, ...]


class OutcomeRows:
    """Rows by place from 0: first what was refused, then the wanted transactions in event-time order."""

    def __init__(self, history: History, scored: Scored, wanted: npt.NDArray[np.bool_], model: Model) -> None:
        self._history = history
        self._scored = scored
        self._model = model
        self._places = np.flatnonzero(wanted)
        names = (
            "row",
            "transaction_id",
            "customer_id",
            "terminal_id",
            "minor",
            "currency",
            "micros",
            "label",
        )
        self._columns = [history.table[name].to_numpy() for name in names]

    def __len__(self) -> int:
        return len(self._history.refused) + len(self._places)

    def seconds(self, place: int) -> float:
        """When a row occurred, seconds since 1970 UTC; a refused row has no time: 0."""
        lost = len(self._history.refused)
        return 0.0 if place < lost else float(self._columns[6][self._places[place - lost]]) / 1e6

    def rows(self, first: int, end: int) -> list[Row]:
        """Rows [first, end) with the values of COLUMNS."""
        lost = len(self._history.refused)
        gone = self._history.refused[first : min(end, lost)]
        made = [self._refused(first + number, entry) for number, entry in enumerate(gone, start=1)]
        start = max(first - lost, 0)
        places = self._places[start : max(end - lost, 0)]
        columns = (column[places].tolist() for column in self._columns)
        entries = zip(places.tolist(), *columns, strict=True)
        return made + [
            self._row(lost + start + number, *entry) for number, entry in enumerate(entries, start=1)
        ]

    def _row(
        self,
        place: int,
        number: int,
        row: int,
        transaction_id: str,
        customer_id: str,
        terminal_id: str,
        minor: int,
        currency: str,
        micros: int,
        label: int,
    ) -> Row:
        occurred_at = datetime.fromtimestamp(micros / 1e6, UTC)
        transaction = Transaction(transaction_id, customer_id, terminal_id, minor, currency, occurred_at)
        outcome = self._outcome(number, row, transaction)
        scored = outcome if isinstance(outcome, Prediction) else None
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
            outcome.__struct_config__.tag,
            scored.decision if scored else None,
            scored.score if scored else None,
            outcome.problem.code if isinstance(outcome, Rejected) else None,
            None if label == UNKNOWN_LABEL else label == FRAUD,
            encoder.encode(outcome).decode(),
        )

    def _outcome(self, number: int, row: int, transaction: Transaction) -> Outcome:
        scored, at = self._scored, transaction.occurred_at
        origin = Origin(identifiers.record_request_id("replay", 0, row), "replay", at, at)
        if scored.status[number] == CONFLICT:
            return outcomes.rejected(outcomes.conflict(), transaction, origin)
        prediction = identifiers.prediction_id(
            self._history.client_id, transaction.customer_id, transaction.transaction_id
        )
        if scored.status[number] == DUPLICATE:
            return outcomes.duplicate(transaction, prediction, origin)
        features = _Features(prediction, False, tuple(scored.rows[number].tolist()))
        score, decision = float(scored.scores[number]), scored.decisions[number]
        reasons = scored.reasons.get(number, ())
        return outcomes.scored(transaction, features, score, decision, reasons, self._model, origin)

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
