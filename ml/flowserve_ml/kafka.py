"""Requests into a Kafka topic, for clients that do not use the REST API. Needs the `kafka` extra."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from flowserve_ml.destination import Destination
from flowserve_ml.errors import InputError

START_SECONDS = 10.0
_CONFIRM_SECONDS = 30.0
_END_SECONDS = 5.0
_log = logging.getLogger("aiokafka")
_log.addHandler(logging.NullHandler())  # what it would print is in our own messages


@dataclass(slots=True)
class Receipts:
    """How many requests were handed to the producer, how many the brokers confirmed, and what went wrong."""

    sent: int = 0
    confirmed: int = 0
    problem: str = ""

    def note(self, done: "asyncio.Future[Any]") -> None:
        """Count a request whose fate is known."""
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self.confirmed += 1
        else:
            self.problem = self.problem or f"{type(error).__name__}: {error}"


async def send(requests: Iterable[dict[str, Any]], to: Destination, receipts: Receipts) -> None:
    """Send every request keyed by its customer, in order, and wait until all are confirmed by all replicas.

    `receipts` is kept up to date, also for who interrupts. `requests` may wait between two of them. Raises
    InputError if no broker answers within START_SECONDS, if there is no such topic, or if one request is not
    confirmed.
    """
    async with _producer(to) as producer:
        waiting: set[asyncio.Future[Any]] = set()
        taken = iter(requests)
        # In a thread, as the rate is kept by sleeping, and the producer must send meanwhile.
        while (request := await asyncio.to_thread(next, taken, None)) is not None:
            confirmation = await producer.send(
                to.topic,
                json.dumps(request).encode(),
                key=str(request["customer_id"]).encode(),
                headers=[("client_id", to.client_id.encode())],
            )
            receipts.sent += 1
            waiting.add(confirmation)
            confirmation.add_done_callback(receipts.note)
            confirmation.add_done_callback(waiting.discard)
            if receipts.problem:
                break
        if waiting:
            await asyncio.wait(waiting, timeout=_CONFIRM_SECONDS)
    if receipts.confirmed < receipts.sent:
        lost = receipts.sent - receipts.confirmed
        why = receipts.problem or f"no answer within {_CONFIRM_SECONDS:.0f} s"
        raise InputError(f"{lost:,} of {receipts.sent:,} requests were not confirmed: {why}")


@asynccontextmanager
async def _producer(to: Destination) -> AsyncIterator[AIOKafkaProducer]:
    """Idempotent, with the default (murmur2) partitioner: a customer's requests stay in order."""
    producer = AIOKafkaProducer(
        bootstrap_servers=to.bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    try:
        try:
            async with asyncio.timeout(START_SECONDS):
                await producer.start()
        except (KafkaError, OSError, ValueError) as error:
            raise InputError(
                f"no broker answers at {to.bootstrap} within {START_SECONDS:.0f} s "
                f"({str(error) or type(error).__name__}): is Kafka running there?"
            ) from None
        try:
            async with asyncio.timeout(START_SECONDS):
                await producer.partitions_for(to.topic)
        except (KafkaError, OSError):
            raise InputError(f"{to.bootstrap} has no topic {to.topic}: create it or choose --topic") from None
        yield producer
    finally:
        await _end(producer)


async def _end(producer: AIOKafkaProducer) -> None:
    """Bounded: stop() waits for ever for a broker that is frozen, and what is confirmed does not need it."""
    ending = asyncio.ensure_future(producer.stop())
    await asyncio.wait((ending,), timeout=_END_SECONDS)
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
