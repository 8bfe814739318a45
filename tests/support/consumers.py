"""The scorer's Faust consumer with a scripted broker below it: fetches, commits and seeks are plain data."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import faust
from aiokafka import ConsumerRecord
from faust.types.tuples import TP, ConsumerMessage, Message
from yarl import URL

from schemas.topics import REQUESTS
from stream_processor.scorer.consumer_thread import ConsumerThread
from stream_processor.scorer.membership import MembershipWatch
from stream_processor.scorer.transport import Consumer, Transport

Fetch = dict[TP, list[ConsumerRecord]]


def tp(partition: int) -> TP:
    """A partition of `requests`."""
    return TP(REQUESTS, partition)


def consumer_records(partition: int, first: int, count: int) -> list[ConsumerRecord]:
    """What aiokafka fetches."""
    return [
        ConsumerRecord(REQUESTS, partition, offset, 1_000 + offset, 1, b"k", b"v", None, 1, 1, [])
        for offset in range(first, first + count)
    ]


def _nothing() -> None:
    return None


class ScriptedConsumer(Consumer):
    """The consumer under test; what it would ask of the broker is answered by these fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (Faust's own signature)
        super().__init__(*args, **kwargs)
        self.fetches: list[Fetch] = []
        self.assigned: set[TP] = set()
        self.committed_at_broker: dict[TP, int | None] = {}
        self.commits: list[dict[TP, int]] = []
        self.seeks = 0
        self.on_fetched: Callable[[], None] = _nothing

    def _new_consumer_thread(self) -> ConsumerThread:
        thread = super()._new_consumer_thread()
        thread.thread_loop.close()  # the thread is never started
        return thread

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Fetch:
        fetched = self.fetches.pop(0)
        self.on_fetched()
        return fetched

    def highwater(self, tp: TP) -> int:
        """The broker's end of a partition."""
        return 1_000_000

    def assignment(self) -> set[TP]:
        """The partitions of this member."""
        return self.assigned

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """The committed offsets; None where there is none."""
        if not self.assigned:
            raise AssertionError("No partitions are currently assigned")
        self.seeks += 1
        return cast(Mapping[TP, int], {tp: self.committed_at_broker.get(tp) for tp in self.assigned})

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        self.commits.append(dict(offsets))
        self.committed_at_broker.update(offsets)
        return True


def scripted_consumer(assigned: set[TP]) -> ScriptedConsumer:
    """A consumer with these partitions, each with an actor that Faust's conductor knows."""
    loop = asyncio.get_running_loop()
    app = faust.App("test", broker="kafka://127.0.0.1:1", store="memory://", web_enabled=False, loop=loop)
    transport = Transport([URL("kafka://127.0.0.1:1")], app, loop=loop)
    transport.membership = MembershipWatch(time.monotonic, lambda why: None)
    app.transport = transport

    async def deliver(message: Message) -> None:
        return None

    async def rebalanced(_: set[TP], __: int = 0) -> None:
        return None

    consumer = ScriptedConsumer(transport, deliver, rebalanced, rebalanced, loop=loop)
    app.consumer = consumer
    app.consumer_generation_id = 1
    consumer.assigned = set(assigned)
    consumer._set_active_tps(set(assigned))
    for partition in assigned:
        cast(Any, app.topics)._tp_to_callback[partition] = deliver
    return consumer


async def fetched(consumer: ScriptedConsumer) -> list[tuple[TP, ConsumerMessage]]:
    """Everything that one round of fetching hands over."""
    return [entry async for entry in consumer.getmany(timeout=1.0)]
