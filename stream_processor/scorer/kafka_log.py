"""The partition logs as the actors use them: read from an offset to the end, and append with a receipt."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
    UnknownProducerId,
)
from aiokafka.structs import RecordMetadata

from schemas.crash_points import crash_point
from schemas.kafka_ends import end_producer, end_within, hear, start_client
from schemas.topics import PREDICTIONS
from stream_processor.pipeline.results import WireHeaders

log = logging.getLogger(__name__)

_READ_RECORDS = 2_000


def is_transient(error: BaseException) -> bool:
    """True where a fresh producer and another try may help; anything else stops the process."""
    # Closed: another actor's failure discarded the producer that this one was about to use.
    if isinstance(error, OutOfOrderSequenceNumber | ProducerClosed | ProducerFenced | UnknownProducerId):
        return True
    if isinstance(error, TimeoutError | KafkaTimeoutError | KafkaConnectionError | ConnectionError):
        return True
    return isinstance(error, KafkaError) and bool(error.retriable)


class LogReader:
    """One consumer without a group, shared by the actors of a process: they take turns."""

    def __init__(self, make: Callable[[], AIOKafkaConsumer]) -> None:
        self._make = make
        self._consumer: AIOKafkaConsumer | None = None
        self._turn = asyncio.Lock()

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First and next offset of a partition."""
        async with self._turn:
            return await self._bounds(await self._started(), TopicPartition(topic, partition))

    async def offset_at(self, topic: str, partition: int, timestamp_ms: int) -> int | None:
        """The first offset appended at or after a moment, None if there is none."""
        tp = TopicPartition(topic, partition)
        async with self._turn:
            found = (await (await self._started()).offsets_for_times({tp: timestamp_ms}))[tp]
        return found.offset if found else None

    async def read(
        self, topic: str, partition: int, start: int
    ) -> AsyncGenerator[Sequence[ConsumerRecord], None]:
        """Chunks of a partition from `start` to the end that it has now. Close it: others wait their turn."""
        tp = TopicPartition(topic, partition)
        async with self._turn:
            consumer = await self._started()
            first, end = await self._bounds(consumer, tp)
            if start >= end:
                return
            consumer.assign([tp])
            consumer.seek(tp, max(start, first))
            try:
                while await consumer.position(tp) < end:
                    chunks = await consumer.getmany(tp, timeout_ms=1_000, max_records=_READ_RECORDS)
                    for records in chunks.values():
                        yield records
            finally:
                consumer.unsubscribe()

    async def read_one(self, topic: str, partition: int, offset: int) -> ConsumerRecord | None:
        """The record at an offset, None if it is no longer kept."""
        record = await self.first_from(topic, partition, offset)
        return record if record is not None and record.offset == offset else None

    async def first_from(self, topic: str, partition: int, offset: int) -> ConsumerRecord | None:
        """The first record that the broker has at or after an offset, None at the end."""
        async with contextlib.aclosing(self.read(topic, partition, offset)) as chunks:
            async for records in chunks:
                return records[0]
        return None

    async def _bounds(self, consumer: AIOKafkaConsumer, tp: TopicPartition) -> tuple[int, int]:
        first = (await consumer.beginning_offsets([tp]))[tp]
        return first, (await consumer.end_offsets([tp]))[tp]

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = await start_client(self._make())
        return self._consumer

    async def stop(self) -> None:
        """Bounded."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await end_within(consumer.stop())


Receipt = asyncio.Future[RecordMetadata]
"""Says where a batch begins, once it is durable."""


class Appendable(Protocol):
    """A record that is to be appended; a pipeline Result is one, and an Entry."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes: ...
    @property
    def headers(self) -> WireHeaders: ...


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A record that is nothing else."""

    key: bytes
    value: bytes
    headers: WireHeaders


class LogWriter:
    """One idempotent, acks=all producer of the process, rebuilt when its outcome is unknown."""

    def __init__(self, make: Callable[[], AIOKafkaProducer]) -> None:
        self._make = make
        self._producer: AIOKafkaProducer | None = None
        self._building = asyncio.Lock()

    async def producer(self) -> AIOKafkaProducer:
        """The producer of the moment, started."""
        async with self._building:
            if self._producer is None:
                self._producer = await start_client(self._make())
            return self._producer

    async def discard(self, seen: AIOKafkaProducer) -> None:
        """Drops the producer that failed, if nobody did so before; what still waits for it fails."""
        async with self._building:
            if self._producer is not seen:
                return
            producer, self._producer = self._producer, None
        await end_producer(producer)

    async def append(
        self, producer: AIOKafkaProducer, partition: int, results: Sequence[Appendable], expected: int
    ) -> bool:
        """Appends results to `predictions` as whole batches and waits for every acknowledgement.

        True if they lie at `expected` and after, without a gap: nobody else wrote in between. False if
        not, or if the broker had some of them already: then only the log itself tells who decided what.
        """
        contiguous = True
        for receipt, count in await self.send(producer, PREDICTIONS, partition, results):
            metadata = await receipt
            crash_point("proc.mid_results")
            contiguous &= metadata.offset == expected
            expected += count
        return contiguous

    async def send(
        self, producer: AIOKafkaProducer, topic: str, partition: int, entries: Sequence[Appendable]
    ) -> list[tuple[Receipt, int]]:
        """Hands over whole batches; the receipt of each, and of how many records it is."""
        receipts: list[tuple[Receipt, int]] = []
        for batch, count in _batches(producer, entries):
            receipt = await producer.send_batch(batch, topic, partition=partition)
            receipt.add_done_callback(hear)
            receipts.append((receipt, count))
        return receipts

    async def stop(self) -> None:
        """Bounded."""
        async with self._building:
            producer = self._producer
        if producer is not None:
            await self.discard(producer)


def _batches(producer: AIOKafkaProducer, results: Sequence[Appendable]) -> list[tuple[object, int]]:
    batches: list[tuple[object, int]] = []
    batch, count = producer.create_batch(), 0
    for entry in results:
        if batch.append(key=entry.key, value=entry.value, timestamp=None, headers=entry.headers) is None:
            batch.close()
            batches.append((batch, count))
            batch, count = producer.create_batch(), 0
            if batch.append(key=entry.key, value=entry.value, timestamp=None, headers=entry.headers) is None:
                raise ValueError("a result is larger than a batch may be")
        count += 1
    batch.close()
    return [*batches, (batch, count)]
