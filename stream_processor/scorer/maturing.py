"""Publishes a partition's transactions to `terminal-history` once their labels are final.

A label is final when the broker's clock has passed its due time and `feedback` was read to its end since. It
is then a function of the logs alone, so owners that overlap or repeat each other write equal records.
"""

from aiokafka import AIOKafkaProducer

from schemas.counters import Counters
from schemas.terminal_history import VERSION, Matured
from stream_processor.pipeline.labels import Published, due_at
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.unlabelled import Unlabelled
from stream_processor.scorer.catch_up import CatchUp
from stream_processor.scorer.kafka_log import LogWriter
from stream_processor.scorer.matured_log import publish_matured

# This process's clock may be ahead of the broker's by so much.
_CLOCK_SECONDS = 60
_MOST_AT_ONCE = 5_000


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
            records = [_matured(partition, *each, published) for each in due]
            await publish_matured(self._writer, producer, records)
        except BaseException:
            state.labels.put_back(due)
            raise
        self._counters.add("flowserve_scorer_matured_total", len(due))
        if len(due) == _MOST_AT_ONCE:
            return max(published, Published(due_at(due[-1][0]) - 1, state.next))
        state.labels.forget(until)
        return max(published, Published(until, state.next))


def _matured(partition: int, entry: Unlabelled, is_fraud: bool, published: Published) -> Matured:
    return Matured(
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
