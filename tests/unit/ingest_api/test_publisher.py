"""A publish is confirmed, unknown or not begun; a producer that does not recover is replaced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    OutOfOrderSequenceNumber,
    TopicAuthorizationFailedError,
)

from ingest_api import publisher as publishing
from ingest_api.publisher import ProducerRecord, Publisher
from schemas import kafka_ends
from schemas.counters import Counters
from schemas.problems import Refusal
from tests.support.waiting import until

RECORD = ProducerRecord("requests", b"c", b"{}", [])


class _Sender:
    sender_task: asyncio.Task[None] | None = None


class _Accumulator:
    """Of what was handed over: on the way until it ends, or until all of it is given up."""

    def __init__(self, sends: list[asyncio.Future[Any]]) -> None:
        self.sends = sends
        self._batches: dict[object, list[Any]] = {}
        self._pending_batches: set[Any] = set()

    def fail_all(self, error: Exception) -> None:
        for send in self.sends:
            if not send.done():
                send.set_exception(error)


class _Client:
    closed = False

    async def close(self) -> None:
        self.closed = True


class Producer:
    """Behaves as the test says: `sends` are the futures it has handed out."""

    def __init__(self, starts: bool = True, knows_topics: bool = True) -> None:
        self.starts = starts
        self.knows_topics = knows_topics
        self.stopped = False
        self.hangs = False
        self.full = False
        self.sends: list[asyncio.Future[Any]] = []
        self._sender = _Sender()
        self._message_accumulator = _Accumulator(self.sends)
        self.client = _Client()

    async def start(self) -> None:
        if not self.starts:
            raise KafkaConnectionError

    async def partitions_for(self, topic: str) -> set[int]:
        if not self.knows_topics:
            await asyncio.Event().wait()
        return {0}

    async def send(self, topic: str, value: bytes, **_: object) -> asyncio.Future[Any]:
        if self.full:
            await asyncio.Event().wait()
        self.sends.append(asyncio.get_running_loop().create_future())
        return self.sends[-1]

    async def stop(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        self.stopped = True


@asynccontextmanager
async def running(*producers: Producer) -> AsyncIterator[Publisher]:
    """A publisher that is given these producers one after another."""
    left = list(producers)
    counters = Counters()
    made = Publisher(lambda: left.pop(0), "requests", counters)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def soon() -> float:
    return asyncio.get_running_loop().time() + 0.02


async def code_of(publisher: Publisher) -> str:
    with pytest.raises(Refusal) as refused:
        await publisher.confirm(await publisher.send(RECORD, soon()), soon())
    return refused.value.code


async def test_before_there_is_a_producer_nothing_is_begun() -> None:
    async with running(Producer(starts=False), Producer()) as publisher:
        assert not publisher.ready()
        assert await code_of(publisher) == "not_ready"
        await until(publisher.ready, "the second producer starts", 5)


async def test_what_kafka_confirms_is_confirmed() -> None:
    producer = Producer()
    async with running(producer) as publisher:
        await until(publisher.ready, "ready", every=0.001)
        receipt = await publisher.send(RECORD, soon())
        asyncio.get_running_loop().call_soon(producer.sends[0].set_result, None)
        await publisher.confirm(receipt, soon())


async def test_silence_is_unknown_and_the_send_is_left_alone() -> None:
    producer = Producer()
    async with running(producer) as publisher:
        await until(publisher.ready, "ready", every=0.001)
        assert await code_of(publisher) == "publish_unknown"
        assert not producer.sends[0].cancelled()
        assert publisher.ready()


async def test_a_full_buffer_is_not_waited_for_beyond_the_deadline() -> None:
    producer = Producer()
    producer.full = True
    async with running(producer) as publisher:
        await until(publisher.ready, "ready", every=0.001)
        assert await code_of(publisher) == "publish_unknown"


async def test_lasting_silence_replaces_the_producer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_SILENT_SECONDS", 0.03)
    first, second = Producer(), Producer()
    async with running(first, second) as publisher:
        await until(publisher.ready, "ready", every=0.001)
        for _ in range(3):
            await code_of(publisher)
        await until(lambda: first.stopped and publisher.ready(), "the producer is replaced", every=0.001)
        await publisher.send(RECORD, soon())
        assert len(second.sends) == 1


async def test_a_lost_sequence_replaces_the_producer_at_once() -> None:
    first, second = Producer(), Producer()
    async with running(first, second) as publisher:
        await until(publisher.ready, "ready", every=0.001)
        receipt = await publisher.send(RECORD, soon())
        first.sends[0].set_exception(OutOfOrderSequenceNumber())
        with pytest.raises(Refusal, match="publish_unknown"):
            await publisher.confirm(receipt, soon())
        await until(lambda: first.stopped and publisher.ready(), "the producer is replaced", every=0.001)


async def test_a_producer_that_does_not_stop_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_ends, "STOP_SECONDS", 0.01)
    monkeypatch.setattr(kafka_ends.end_within, "__defaults__", (0.01,))
    first = Producer()
    first.hangs = True
    async with running(first, Producer()) as publisher:
        await until(publisher.ready, "ready", every=0.001)
        sender = asyncio.create_task(asyncio.Event().wait())
        first._sender.sender_task = sender  # type: ignore[assignment]
        receipt = await publisher.send(RECORD, soon())
        first.sends[0].set_exception(OutOfOrderSequenceNumber())
        with pytest.raises(Refusal):
            await publisher.confirm(receipt, soon())
        await until(lambda: first.client.closed and publisher.ready(), "it is given up", every=0.001)
        assert sender.cancelled()


async def test_what_a_former_producer_left_is_unknown_and_says_nothing_of_the_new_one() -> None:
    first, second = Producer(), Producer()
    async with running(first, second) as publisher:
        await until(publisher.ready, "ready", every=0.001)
        receipts = [await publisher.send(RECORD, soon()) for _ in range(2)]
        first.sends[0].set_exception(OutOfOrderSequenceNumber())
        await until(lambda: first.stopped and publisher.ready(), "the producer is replaced", every=0.001)
        for receipt in receipts:
            with pytest.raises(Refusal, match="publish_unknown"):
                await publisher.confirm(receipt, soon())
        assert publisher.ready()


async def test_a_topic_that_is_not_open_to_us_closes_no_other() -> None:
    async with running(Producer()) as publisher:
        await until(publisher.ready, "ready", every=0.001)
        receipt = await publisher.send(RECORD, soon())
        receipt.set_exception(TopicAuthorizationFailedError())
        with pytest.raises(Refusal, match="publish_unknown"):
            await publisher.confirm(receipt, soon())
        assert publisher.ready()


async def test_a_producer_that_is_starting_at_the_stop_is_stopped_too() -> None:
    starting = Producer(knows_topics=False)
    async with running(starting):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert starting.stopped
