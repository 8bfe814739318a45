"""Live scoring of a history, without Kafka: partitions, labels that come due, and their shared terminals."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from schemas import identifiers
from schemas.topics import REQUESTS
from schemas.transaction import Transaction, canonical
from stream_processor.pipeline.admit import partition_of
from stream_processor.pipeline.keys import key_of
from stream_processor.pipeline.labels import NOTHING_PUBLISHED
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.replay.assemble import Report
from tests.support.actors import rules
from tests.support.fake_log import FakeRecord
from tests.support.records import decided, outcome

_HOUR_SECONDS = 3_600
_ALL = 2**62


class LiveScorers:
    """Fed an event-hour at a time, as labels need an hour to travel to every scorer."""

    def __init__(self, client_id: str, partitions: int) -> None:
        self._client_id = client_id
        self._partitions = partitions
        self._states = [PartitionState() for _ in range(partitions)]
        self._book = TerminalBook()
        self._rules = replace(rules(partitions), terminals=self._book)

    def run(self, asked: Sequence[Transaction], reports: Sequence[Report] = ()) -> list[dict[str, Any]]:
        """Outcomes in the order of `asked`, which is event-time order; each record arrives as it occurs.

        `reports` in the order in which they come.
        """
        waiting_reports = deque(reports)
        found: dict[int, dict[str, Any]] = {}
        for hour, part in groupby(enumerate(asked), key=lambda entry: _second(entry[1]) // _HOUR_SECONDS):
            while waiting_reports and waiting_reports[0].reported_at // 1 <= hour * _HOUR_SECONDS:
                self._report(waiting_reports.popleft())
            self._mature(hour * _HOUR_SECONDS)
            waiting: dict[int, list[tuple[int, Transaction]]] = defaultdict(list)
            for place, transaction in part:
                waiting[self._partition(transaction.customer_id)].append((place, transaction))
            for partition, entries in waiting.items():
                found |= self._decide(partition, entries)
        return [found[place] for place in range(len(asked))]

    def _decide(self, partition: int, entries: list[tuple[int, Transaction]]) -> dict[int, dict[str, Any]]:
        state = self._states[partition]
        records = [
            FakeRecord(
                REQUESTS,
                partition,
                state.next + number,
                int(transaction.occurred_at.timestamp() * 1_000),
                transaction.customer_id.encode(),
                canonical(transaction),
                [("client_id", self._client_id.encode())],
            )
            for number, (_, transaction) in enumerate(entries)
        ]
        results = decided(records, state, self._rules)
        return {place: outcome(result) for (place, _), result in zip(entries, results, strict=True)}

    def _report(self, report: Report) -> None:
        """Whatever was due before it came is done with."""
        self._mature(int(report.reported_at // 1) - 1)
        ids = (self._client_id, report.customer_id, report.transaction_id)
        prediction = identifiers.signed_64(identifiers.prediction_id(*ids))
        labels = self._states[self._partition(report.customer_id)].labels
        labels.reported(prediction, int(report.reported_at // 1), report.is_fraud)

    def _mature(self, until: int) -> None:
        for partition, state in enumerate(self._states):
            for entry, is_fraud in state.labels.due(until, NOTHING_PUBLISHED, _ALL):
                key = key_of(entry.client_id, entry.terminal_id)
                self._book.fold(key, entry.at, is_fraud, entry.ordinary, partition << 48 | entry.offset)
            state.labels.forget(until)

    def _partition(self, customer_id: str) -> int:
        return partition_of(customer_id.encode(), self._partitions)


def _second(transaction: Transaction) -> int:
    return int(transaction.occurred_at.timestamp() // 1)
