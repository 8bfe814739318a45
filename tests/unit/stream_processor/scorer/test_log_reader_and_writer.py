"""A reader and a writer of the logs hold no client that never reached Kafka, and make the next one anew."""

import asyncio
import gc
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.producer.message_accumulator import BatchBuilder

from stream_processor.scorer.kafka_log import LogReader, LogWriter
from tests.support.waiting import until


class Client:
    """Of a broker that is reached at the second attempt."""

    made: list["Client"]

    def __init__(self) -> None:
        self.made.append(self)
        self.stopped = False

    async def start(self) -> None:
        if len(self.made) == 1:
            raise ConnectionError("no broker")

    async def stop(self) -> None:
        self.stopped = True

    async def offsets_for_times(self, wanted: dict[object, int]) -> dict[object, None]:
        return dict.fromkeys(wanted)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    found: list[Client] = []
    monkeypatch.setattr(Client, "made", found, raising=False)
    return found


async def test_a_consumer_that_does_not_start_is_ended_and_the_next_read_has_another(
    made: list[Client],
) -> None:
    reader = LogReader(lambda: cast(Any, Client()))
    with pytest.raises(ConnectionError):
        await reader.offset_at("log", 0, 0)
    assert await reader.offset_at("log", 0, 0) is None
    assert [client.stopped for client in made] == [True, False]
    await reader.stop()
    assert made[1].stopped


async def test_a_producer_that_does_not_start_is_ended_and_the_next_batch_has_another(
    made: list[Client],
) -> None:
    writer = LogWriter(lambda: cast(Any, Client()))
    with pytest.raises(ConnectionError):
        await writer.producer()
    producer = cast(Any, await writer.producer())
    assert [client.stopped for client in made] == [True, False]
    assert producer is made[1]


@dataclass(frozen=True)
class Entry:
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Unanswered:
    """A producer whose batches are on their way, until the test says what becomes of them."""

    def __init__(self) -> None:
        self.receipts: list[asyncio.Future[object]] = []

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(batch_size=1_000, compression_type=0)

    async def send_batch(self, _: BatchBuilder, topic: str, *, partition: int) -> asyncio.Future[object]:
        self.receipts.append(asyncio.get_running_loop().create_future())
        return self.receipts[-1]


async def test_of_several_batches_that_fail_one_is_raised_and_the_loop_complains_of_none() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
    producer = cast(Any, Unanswered())
    entries = [Entry(b"c1", b"x" * 600, []), Entry(b"c1", b"x" * 600, [])]
    appended = asyncio.create_task(LogWriter(lambda: producer).append(producer, 0, entries, 0))
    await until(lambda: len(producer.receipts) == len(entries), "two batches are on their way", 10, 0.01)
    for receipt in producer.receipts:
        receipt.set_exception(KafkaConnectionError())
    await asyncio.wait((appended,))
    assert isinstance(appended.exception(), KafkaConnectionError)
    producer.receipts.clear()
    del appended, receipt
    gc.collect()
    assert complaints == []
