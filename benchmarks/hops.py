"""The client's half of the three raw hops: sends requests, and waits for the reply to each."""

import asyncio
import uuid
from time import perf_counter

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.floors.three_hops import PREDICTIONS, REPLIES, REPLY_PARTITION, REQUESTS
from benchmarks.load.closed import Spell

TOPICS = (REQUESTS, PREDICTIONS, REPLIES)
_CORRELATION = "c"
_ANSWER_SECONDS = 10.0
_WARM, _WARM_TRIES = 200, 30


class Hops:
    """Use as a context, once the floor's process runs."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_min_bytes=1)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=0
        )
        self._partitions = partitions
        self._waiting: dict[bytes, asyncio.Future[None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Hops":
        await self._consumer.start()
        place = TopicPartition(REPLIES, REPLY_PARTITION)
        self._consumer.assign([place])
        await self._consumer.seek_to_end()
        await self._consumer.position(place)
        await self._producer.start()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
        await self._consumer.stop()
        await self._producer.stop()

    async def warm(self) -> None:
        """Until the floor answers: it joins its group first."""
        for _ in range(_WARM_TRIES):
            try:
                await self._ask(b"{}", 0, seconds=1.0)
            except TimeoutError:
                continue
            await self.ask([b"{}"] * _WARM, callers=4)
            return
        raise TimeoutError("the three hops do not answer")

    async def ask(self, bodies: list[bytes], callers: int) -> Spell:
        """All of them, by so many callers who each wait for their answer."""
        spell, left = Spell(), iter(enumerate(bodies))

        async def caller() -> None:
            for number, body in left:
                began = perf_counter()
                await self._ask(body, number % self._partitions)
                spell.latencies.append(perf_counter() - began)

        began = perf_counter()
        await asyncio.gather(*(caller() for _ in range(callers)))
        spell.seconds = perf_counter() - began
        return spell

    async def _ask(self, body: bytes, partition: int, seconds: float = _ANSWER_SECONDS) -> None:
        correlation = uuid.uuid4().bytes
        waiting = self._waiting[correlation] = asyncio.get_running_loop().create_future()
        await self._producer.send(REQUESTS, body, partition=partition, headers=[(_CORRELATION, correlation)])
        await asyncio.wait_for(waiting, seconds)

    async def _read(self) -> None:
        while True:
            for records in (await self._consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    waiting = self._waiting.pop(record.headers[0][1], None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(None)
