"""Folds history as the live scorer would have: partition by partition, an event-hour at most at a time.

For warming up: what it ends with is what the scorers will rebuild from the records that come of it.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec
import numpy as np
import pyarrow as pa

from flowserve_ml.features.definitions import LABEL_DELAY_SECONDS, MATURITY_SECONDS
from flowserve_ml.runtime import Model
from schemas.terminal_history import VERSION, Matured
from schemas.transaction import Transaction
from stream_processor.pipeline.admit import partition_of
from stream_processor.pipeline.fold import Folded, Repeat, arrival_of, fold_in
from stream_processor.pipeline.keys import key_of
from stream_processor.pipeline.labels import NOTHING_PUBLISHED, REPLAYED_OFFSETS
from stream_processor.pipeline.state import Draft, PartitionState
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.replay.history import History

# Within an event-hour nothing that has just become due can be seen: a label travels for an hour.
_SPAN_SECONDS = MATURITY_SECONDS - LABEL_DELAY_SECONDS
_MOST_AT_ONCE = 4_096
_UNKEPT_PLACES = 1 << 46
_SWEEP_SECONDS = 7 * 86_400
_COLUMNS = (
    "transaction_id",
    "customer_id",
    "terminal_id",
    "minor",
    "currency",
    "micros",
    "cents",
    "due_fraud",
)


class Warm(msgspec.Struct, frozen=True, gc=False):
    """A scored transaction for `predictions` of its partition."""

    partition: int
    transaction: Transaction
    folded: Folded
    score: float


class Engine:
    """One run over a history. `log_ends` by partition: where its results will begin on `predictions`.

    Transactions up to `kept_after` (seconds since 1970 UTC) are folded only: nothing remembers them.
    """

    def __init__(
        self, history: History, model: Model, run_id: str, log_ends: Mapping[int, int], kept_after: int
    ) -> None:
        self.states = {partition: PartitionState() for partition in log_ends}
        self.book = TerminalBook()
        self._history = history
        self._model = model
        self._run_id = run_id
        self._ends = dict(log_ends)
        self._kept_after = kept_after
        self._partitions: dict[str, int] = {}
        self._unkept = _UNKEPT_PLACES
        self._swept_at = 0
        self._due_until = NOTHING_PUBLISHED.due_until

    def run(self) -> Iterator[tuple[list[Warm], list[Matured]]]:
        """In event-time order: what was scored, and what became due before it."""
        for table in self._history.tables():
            seconds = table["micros"].to_numpy() // 1_000_000
            first = 0
            while first < len(seconds):
                end = int(np.searchsorted(seconds, seconds[first] + _SPAN_SECONDS))
                end = max(min(end, first + _MOST_AT_ONCE), first + 1)
                matured = self.mature(int(seconds[first]))
                yield self._batch(table.slice(first, end - first)), matured
                first = end

    def mature(self, until: int) -> list[Matured]:
        """Brings what is due at `until` to its terminals, and says what that was.

        Each record names how far its partition had come before, as the live scorer's do.
        """
        due = []
        for partition, state in self.states.items():
            for entry, is_fraud in state.labels.due(until, NOTHING_PUBLISHED, self._history.transactions):
                places = (partition, entry.offset, self._due_until, 0)
                facts = (entry.client_id, entry.terminal_id, entry.at, is_fraud, entry.ordinary)
                due.append(Matured(VERSION, *facts, *places))
        self._due_until = until
        for matured in due:
            self.book.add(matured)
        if until - self._swept_at >= _SWEEP_SECONDS:
            self._swept_at = until
            self.book.settle(until)
            for state in self.states.values():
                state.forget_idle()
        return due

    def _batch(self, table: pa.Table) -> list[Warm]:
        entries = zip(*(table[name].to_pylist() for name in _COLUMNS), strict=True)
        drafts = {partition: Draft(state) for partition, state in self.states.items()}
        folded = [found for entry in entries if (found := self._fold(drafts, *entry)) is not None]
        for draft in drafts.values():
            draft.commit()
        if not folded:
            return []
        scores = self._model.score(np.array([each.row for _, _, each in folded])).tolist()
        return [Warm(*entry, score) for entry, score in zip(folded, scores, strict=True)]

    def _fold(
        self,
        drafts: Mapping[int, Draft],
        transaction_id: str,
        customer_id: str,
        terminal_id: str,
        minor: int,
        currency: str,
        micros: int,
        cents: int,
        due_fraud: bool,
    ) -> tuple[int, Transaction, Folded] | None:
        """None for a repeat, and for what nobody will remember."""
        client_id, at = self._history.client_id, micros // 1_000_000
        partition = self._partition(customer_id)
        place = self._ends[partition]
        if at <= self._kept_after:
            # No record's place, but one of its own: a terminal tells its rows apart by it.
            place = self._unkept
            self._unkept += 1
        transaction = Transaction(
            transaction_id,
            customer_id,
            terminal_id,
            minor,
            currency,
            datetime.fromtimestamp(micros / 1e6, UTC),
        )
        key = key_of(client_id, customer_id)
        offset = REPLAYED_OFFSETS | place
        arrival = arrival_of(client_id, transaction, key, at, cents, offset, at * 1_000, place, self._run_id)
        outcome = fold_in(arrival, drafts[partition], self.book)
        if isinstance(outcome, Repeat):
            return None
        if due_fraud:
            self.states[partition].labels.reported(outcome.fold.prediction, at, True)
        if at <= self._kept_after:
            return None
        self._ends[partition] += 1
        return partition, transaction, outcome

    def _partition(self, customer_id: str) -> int:
        found = self._partitions.get(customer_id)
        if found is None:
            found = partition_of(customer_id.encode(), len(self.states))
            self._partitions[customer_id] = found
        return found
