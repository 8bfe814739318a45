"""What the actors expect of a partition log, held against Kafka and against the fake that unit tests use."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from local_stack.kafka import Kafka
from schemas.topics import PREDICTIONS
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.kafka_log import LogReader, LogWriter
from tests.support import logs
from tests.support.actors import rules
from tests.support.fake_log import FakeBroker, FakeReader, FakeWriter
from tests.support.records import body, decided, request

PARTITIONS = 24
_unused = itertools.count()


@dataclass
class Log:
    """One empty partition, and the two ways to it. `max_batch` is the writer's largest batch in bytes."""

    reader: LogReader
    writer: LogWriter
    partition: int
    foreign_write: Callable[[int], Any]
    delete_before: Callable[[int], Any]

    async def append(self, results: list[Result], expected: int) -> bool:
        return await self.writer.append(await self.writer.producer(), self.partition, results, expected)

    async def read(self, start: int) -> list[Any]:
        async with aclosing(self.reader.read(PREDICTIONS, self.partition, start)) as chunks:
            return [record async for chunk in chunks for record in chunk]

    async def bounds(self) -> tuple[int, int]:
        return await self.reader.bounds(PREDICTIONS, self.partition)


def results(count: int, first: int = 0) -> list[Result]:
    wire = [("correlation_id", b"\x00\xff"), ("traceparent", b"00-a")]
    records = [request(n, body(n, f"c-{n % 3}"), wire) for n in range(first, first + count)]
    return decided(records, PartitionState(), rules())


def parts(record: ConsumerRecord) -> tuple[Any, ...]:
    return record.key, record.value, [tuple(header) for header in record.headers]


def wire_of(entry: Result) -> tuple[Any, ...]:
    return entry.key, entry.value, entry.headers


def fake_log() -> Log:
    broker = FakeBroker(clock_ms=lambda: time.time_ns() // 1_000_000)

    async def foreign_write(count: int) -> None:
        for _ in range(count):
            broker.append(PREDICTIONS, 0, b"k", b"foreign", [])

    async def delete_before(offset: int) -> None:
        log = broker.log(PREDICTIONS, 0)
        log[:] = [record for record in log if record.offset >= offset]

    reader, writer = cast(Any, FakeReader(broker)), cast(Any, FakeWriter(broker))
    return Log(reader, writer, 0, foreign_write, delete_before)


async def kafka_log(kafka: Kafka, max_batch: int) -> AsyncIterator[Log]:
    if await logs.topic_missing(kafka.bootstrap, PREDICTIONS):
        await logs.create_topics(kafka.bootstrap, PARTITIONS)
    partition = next(_unused)

    async def foreign_write(count: int) -> None:
        await logs.produce(kafka.bootstrap, PREDICTIONS, [(b"k", b"foreign", [])] * count, partition)

    async def delete_before(offset: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(PREDICTIONS, partition): RecordsToDelete(offset)})
        finally:
            await admin.close()

    reader = LogReader(
        lambda: AIOKafkaConsumer(
            bootstrap_servers=kafka.bootstrap, auto_offset_reset="none", enable_auto_commit=False
        )
    )
    writer = LogWriter(
        lambda: AIOKafkaProducer(
            bootstrap_servers=kafka.bootstrap, acks="all", enable_idempotence=True, max_batch_size=max_batch
        )
    )
    yield Log(reader, writer, partition, foreign_write, delete_before)
    await reader.stop()
    await writer.stop()


@pytest.fixture(params=["fake", "kafka"])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    if request.param == "fake":
        yield fake_log()
        return
    async for real in kafka_log(request.getfixturevalue("broker"), max_batch=900_000):
        yield real


@pytest.fixture
async def small_batches(broker: Kafka) -> AsyncIterator[Log]:
    async for real in kafka_log(broker, max_batch=3_000):
        yield real


async def test_an_empty_partition_has_no_records(log: Log) -> None:
    assert await log.bounds() == (0, 0)
    assert await log.read(0) == []
    assert await log.reader.offset_at(PREDICTIONS, log.partition, 0) is None
    assert await log.reader.read_one(PREDICTIONS, log.partition, 0) is None
    assert await log.reader.first_from(PREDICTIONS, log.partition, 0) is None


async def test_appends_that_continue_the_log_are_contiguous(log: Log) -> None:
    assert await log.append(results(3), 0)
    assert await log.append(results(1, 3), 3)
    assert await log.bounds() == (0, 4)


async def test_a_write_by_somebody_else_in_between_is_noticed(log: Log) -> None:
    assert await log.append(results(3), 0)
    await log.foreign_write(2)
    assert await log.append(results(3, 3), 3) is False
    assert await log.bounds() == (0, 8)
    assert await log.append(results(1, 6), 8)


async def test_an_append_that_expects_too_much_is_noticed(log: Log) -> None:
    assert await log.append(results(3), 2) is False


async def test_key_value_and_headers_come_back_as_they_went(log: Log) -> None:
    sent = results(7)
    await log.append(sent, 0)
    assert [parts(record) for record in await log.read(0)] == [wire_of(entry) for entry in sent]


async def test_what_is_sent_is_there_once_its_receipts_are(log: Log) -> None:
    sent = results(7)
    producer = await log.writer.producer()
    receipts = await log.writer.send(producer, PREDICTIONS, log.partition, sent)
    await asyncio.gather(*(receipt for receipt, _ in receipts))
    assert sum(count for _, count in receipts) == 7
    assert [parts(record) for record in await log.read(0)] == [wire_of(entry) for entry in sent]


async def test_a_record_without_a_key_comes_back_without_a_key(log: Log) -> None:
    rejected = decided([request(0, {**body(1), "amount": -1})], PartitionState(), rules())
    await log.append(rejected, 0)
    assert [parts(record) for record in await log.read(0)] == [wire_of(rejected[0])]
    assert rejected[0].key is None


@pytest.mark.parametrize(("start", "offsets"), [(0, [0, 1, 2, 3, 4]), (3, [3, 4]), (5, []), (99, [])])
async def test_a_read_goes_from_its_start_to_the_end(log: Log, start: int, offsets: list[int]) -> None:
    await log.append(results(5), 0)
    assert [record.offset for record in await log.read(start)] == offsets


async def test_a_start_before_the_first_kept_record_is_the_first_kept_record(log: Log) -> None:
    await log.append(results(5), 0)
    await log.delete_before(3)
    assert await log.bounds() == (3, 5)
    assert [record.offset for record in await log.read(0)] == [3, 4]
    assert await log.reader.read_one(PREDICTIONS, log.partition, 1) is None
    first = await log.reader.first_from(PREDICTIONS, log.partition, 1)
    assert first is not None
    assert first.offset == 3


async def test_one_record_is_read_by_its_offset(log: Log) -> None:
    sent = results(4)
    await log.append(sent, 0)
    found = await log.reader.read_one(PREDICTIONS, log.partition, 2)
    assert found is not None
    assert parts(found) == wire_of(sent[2])


async def test_the_offset_at_a_moment_is_the_first_record_since(log: Log) -> None:
    await log.append(results(2), 0)
    records = await log.read(0)
    assert await log.reader.offset_at(PREDICTIONS, log.partition, records[0].timestamp) == 0
    assert await log.reader.offset_at(PREDICTIONS, log.partition, records[0].timestamp - 60_000) == 0
    assert await log.reader.offset_at(PREDICTIONS, log.partition, records[-1].timestamp + 60_000) is None


async def test_a_reader_that_closes_early_gives_the_next_one_its_turn(log: Log) -> None:
    await log.append(results(9), 0)
    for _ in range(3):
        async with aclosing(log.reader.read(PREDICTIONS, log.partition, 0)) as chunks:
            assert (await anext(chunks))[0].offset == 0
    assert len(await asyncio.wait_for(log.read(0), 10)) == 9


async def test_readers_of_one_process_do_not_disturb_each_other(log: Log) -> None:
    await log.append(results(9), 0)
    found = await asyncio.wait_for(asyncio.gather(*[log.read(start) for start in range(6)]), 20)
    assert [[record.offset for record in part] for part in found] == [
        list(range(start, 9)) for start in range(6)
    ]


async def test_results_beyond_one_batch_are_contiguous_too(small_batches: Log) -> None:
    sent = results(40)
    assert sum(len(entry.value) for entry in sent) > 3 * 3_000
    assert await small_batches.append(sent, 0)
    assert [parts(record) for record in await small_batches.read(0)] == [wire_of(entry) for entry in sent]


async def test_a_result_that_alone_exceeds_a_batch_is_written_whole(small_batches: Log) -> None:
    wire = [("correlation_id", b"c" * 128), ("traceparent", b"t" * 128)]
    huge = decided([request(0, body(0), wire)], PartitionState(), rules())[0]
    huge = Result(huge.record, huge.status, huge.key, huge.value + b" " * 5_000, huge.headers, None, None, 0)
    assert await small_batches.append([*results(2), huge, *results(2, 3)], 0)
    assert len(await small_batches.read(0)) == 5


async def test_a_discarded_writer_is_replaced_and_goes_on(log: Log) -> None:
    await log.append(results(1), 0)
    seen = await log.writer.producer()
    await log.writer.discard(seen)
    assert await log.append(results(1, 1), 1)
    second = await log.writer.producer()
    assert second is not seen
    await log.writer.discard(seen)
    assert await log.writer.producer() is second
