"""Steady traffic straight into Kafka, as a producer would write it: what is not confirmed is sent again."""

import asyncio
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.kafka_ends import started
from schemas.topics import REQUESTS
from tests.support.logs import Message
from tests.support.traffic import mixed

CUSTOMERS = 3_000
_CHUNK = 500
_TICK_SECONDS = 0.05
_IN_FLIGHT = 3_000
# traffic.mixed moves ten seconds a record; a long campaign would reach today too soon.
_TOO_FAST = timedelta(seconds=9.5)

Place = tuple[int, int]


class Messages:
    """An endless, seeded stream of messages; ids go on over the runs of a lab."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.made = 0
        self._seed = seed
        self._now = now
        self._chunk: Iterator[Message] = iter(())

    def take(self, count: int) -> list[Message]:
        """The next so many."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Message:
        message = next(self._chunk, None)
        if message is None:
            now = self._now - self.made * _TOO_FAST
            self._chunk = mixed(_CHUNK, CUSTOMERS, self._seed + self.made, now, first=self.made)
            message = next(self._chunk)
        self.made += 1
        return message


class KafkaLoad:
    """`acked` has every confirmed message by partition and offset. `per_second` bounds the rate."""

    def __init__(self, bootstrap: str, messages: Messages, per_second: float) -> None:
        self.acked: dict[Place, Message] = {}
        self.sent = 0
        self.failures = 0
        self._bootstrap = bootstrap
        self._messages = messages
        self._per_second = per_second
        self._again: deque[Message] = deque()
        self._in_flight = 0
        self._broken = False

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until the stop, then until everything is confirmed."""
        while not (stop.is_set() and not self._again and not self._in_flight):
            self._broken = False
            making = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap, acks="all", linger_ms=5, request_timeout_ms=6_000
            )
            try:
                async with started(making) as producer:
                    await self._send(producer, stop)
            except (KafkaError, OSError):
                self.failures += 1
                await asyncio.sleep(0.5)

    async def _send(self, producer: AIOKafkaProducer, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        due, last = 0.0, loop.time()
        while not self._broken:
            if stop.is_set() and not self._again and not self._in_flight:
                return
            now = loop.time()
            due, last = min(due + (now - last) * self._per_second, self._per_second), now
            count = 0 if stop.is_set() or self._in_flight > _IN_FLIGHT else int(due)
            due -= count
            messages = [
                *self._messages.take(count),
                *(self._again.popleft() for _ in range(len(self._again))),
            ]
            for place, message in enumerate(messages):
                try:
                    await self._send_one(producer, message)
                except (KafkaError, OSError):
                    self._again.extend(messages[place:])
                    raise
            await asyncio.sleep(_TICK_SECONDS)

    async def _send_one(self, producer: AIOKafkaProducer, message: Message) -> None:
        key, value, headers = message
        sent = await producer.send(REQUESTS, value, key=key, headers=headers)
        self.sent += 1
        self._in_flight += 1
        sent.add_done_callback(lambda done: self._done(message, done))

    def _done(self, message: Message, done: "asyncio.Future[TopicPartition]") -> None:
        self._in_flight -= 1
        if done.cancelled() or done.exception() is not None:
            self._again.append(message)
            self._broken = True
            return
        receipt = done.result()
        self.acked[receipt.partition, receipt.offset] = message
