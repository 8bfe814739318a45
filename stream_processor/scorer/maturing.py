"""Publishes a partition's transactions to `terminal-history` once their labels are final.

A label is final when the broker's clock has passed its due time and `feedback` was read to its end since. It
is then a function of the logs alone, so owners that overlap or repeat each other write equal records.
"""

import asyncio
from typing import NamedTuple

from aiokafka import AIOKafkaProducer

from schemas.counters import Counters
from schemas.crash_points import crash_point
from schemas.terminal_history import VERSION, Matured, encoder
from schemas.topics import TERMINAL_HISTORY, TERMINAL_HISTORY_PARTITIONS
from stream_processor.pipeline.admit import partition_of
from stream_processor.pipeline.labels import Published, due_at
from stream_processor.pipeline.results import WireHeaders
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.unlabelled import Unlabelled
from stream_processor.scorer.catch_up import CatchUp
from stream_processor.scorer.kafka_log import LogWriter, Receipt

# This process's clock may be ahead of the broker's by so much.
_CLOCK_SECONDS = 60
_MOST_AT_ONCE = 5_000


class _Row(NamedTuple):
    key: bytes
    value: bytes
    headers: WireHeaders


class Maturing:
    """Shared by the actors; each calls it for its own partition, holding its lock."""

    def __init__(self, catch_up: CatchUp, writer: LogWriter, counters: Counters) -> None:
        self._catch_up = catch_up
        self._writer = writer
        self._counters = counters

    async def run(
        self,
        partition: int,
        state: PartitionState,
        published: Published,
        producer: AIOKafkaProducer,
        now_ms: int,
    ) -> Published:
        """Publishes what is due; how far that is now. After an error everything still waits."""
        until = now_ms // 1_000 - _CLOCK_SECONDS
        await self._catch_up.read_reports(partition, state, now_ms)
        due = state.labels.due(until, published, _MOST_AT_ONCE)
        try:
            await self._publish(producer, _rows(partition, due, published))
        except BaseException:
            state.labels.put_back(due)
            raise
        self._counters.add("flowserve_scorer_matured_total", len(due))
        if len(due) == _MOST_AT_ONCE:
            return max(published, Published(due_at(due[-1][0]) - 1, state.next))
        state.labels.forget(until)
        return max(published, Published(until, state.next))

    async def _publish(self, producer: AIOKafkaProducer, rows: dict[int, list[_Row]]) -> None:
        """Waits until all are durable."""
        receipts: list[Receipt] = []
        for number, those in rows.items():
            sent = await self._writer.send(producer, TERMINAL_HISTORY, number, those)
            receipts += [receipt for receipt, _ in sent]
            crash_point("proc.mid_maturing")
        await asyncio.gather(*receipts)


def _rows(partition: int, due: list[tuple[Unlabelled, bool]], published: Published) -> dict[int, list[_Row]]:
    """By the partition of `terminal-history` that Kafka's default partitioner chooses."""
    rows: dict[int, list[_Row]] = {}
    for entry, is_fraud in due:
        record = Matured(
            VERSION,
            entry.client_id,
            entry.terminal_id,
            entry.at,
            is_fraud,
            entry.ordinary,
            partition,
            entry.offset,
            published.due_until,
            published.below,
        )
        key = entry.terminal_id.encode()
        row = _Row(key, encoder.encode(record), [])
        rows.setdefault(partition_of(key, TERMINAL_HISTORY_PARTITIONS), []).append(row)
    return rows
