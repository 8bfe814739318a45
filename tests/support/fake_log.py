"""An in-memory partition log with the same promises as `kafka_log`; both pass the same contract tests."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from aiokafka.errors import KafkaTimeoutError

from schemas.topics import PREDICTIONS
from stream_processor.pipeline.results import Result
from stream_processor.scorer.kafka_log import Appendable


@dataclass(frozen=True)
class FakeRecord:
    """The parts of a ConsumerRecord that anybody reads."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass
class FakeBroker:
    """Partitions in memory. `before_append` may write in between; `lose_answer` fails after writing."""

    logs: dict[tuple[str, int], list[FakeRecord]] = field(default_factory=dict)
    before_append: Callable[[], None] = lambda: None
    lose_answer: int = 0
    clock_ms: Callable[[], int] = lambda: 0

    def log(self, topic: str, partition: int) -> list[FakeRecord]:
        """The records of a partition; offsets are places in it."""
        return self.logs.setdefault((topic, partition), [])

    def append(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
    ) -> int:
        """The offset of the new record."""
        records = self.log(topic, partition)
        offset = records[-1].offset + 1 if records else 0
        records.append(FakeRecord(topic, partition, offset, self.clock_ms(), key, value, headers))
        return offset


class FakeProducer:
    """What the actor sends by itself: dead letters and replies."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker

    async def send(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int = 0,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> "asyncio.Future[int]":
        """A future that is done."""
        sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        sent.set_result(self._broker.append(topic, partition, key, value, headers))
        return sent


class FakeReader:
    """As LogReader."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First and next offset."""
        records = self._broker.log(topic, partition)
        return (records[0].offset, records[-1].offset + 1) if records else (0, 0)

    async def offset_at(self, topic: str, partition: int, timestamp_ms: int) -> int | None:
        """First offset at or after a moment."""
        records = self._broker.log(topic, partition)
        return next((record.offset for record in records if record.timestamp >= timestamp_ms), None)

    async def read(
        self, topic: str, partition: int, start: int
    ) -> AsyncGenerator[Sequence[FakeRecord], None]:
        """Chunks from `start` to the end."""
        records = [record for record in self._broker.log(topic, partition) if record.offset >= start]
        for place in range(0, len(records), 3):
            await asyncio.sleep(0)
            yield records[place : place + 3]

    async def first_from(self, topic: str, partition: int, offset: int) -> FakeRecord | None:
        """The first record at or after an offset."""
        return next(
            (record for record in self._broker.log(topic, partition) if record.offset >= offset), None
        )

    async def read_one(self, topic: str, partition: int, offset: int) -> FakeRecord | None:
        """The record at an offset."""
        return next(
            (record for record in self._broker.log(topic, partition) if record.offset == offset), None
        )


class FakeWriter:
    """As LogWriter."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self.current: FakeProducer | None = None

    async def producer(self) -> FakeProducer:
        """The producer of the moment."""
        self.current = self.current or FakeProducer(self._broker)
        return self.current

    async def discard(self, seen: FakeProducer) -> None:
        """Drops it."""
        if self.current is seen:
            self.current = None

    async def send(
        self, producer: FakeProducer, topic: str, partition: int, entries: Sequence[Appendable]
    ) -> "list[tuple[asyncio.Future[int], int]]":
        """Receipts that are there already."""
        return [
            (
                await producer.send(
                    topic, entry.value, key=entry.key, partition=partition, headers=entry.headers
                ),
                1,
            )
            for entry in entries
        ]

    async def append(
        self, producer: FakeProducer, partition: int, results: Sequence[Result], expected: int
    ) -> bool:
        """True if the results lie at `expected` and after."""
        broker = self._broker
        await asyncio.sleep(0)
        broker.before_append()
        offsets = [
            broker.append(PREDICTIONS, partition, entry.key, entry.value, entry.headers) for entry in results
        ]
        if broker.lose_answer:
            broker.lose_answer -= 1
            raise KafkaTimeoutError
        return offsets[0] == expected
