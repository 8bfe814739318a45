"""Sends requests to Kafka; a publish that is not confirmed in time is "unknown", never "failed"."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from ingest_api.background import FIRST_BACKOFF_SECONDS, next_backoff
from schemas.compression import quick_lz4
from schemas.counters import Counters
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import end_producer
from schemas.problems import Refusal
from schemas.settings import ProcessSettings

logger = logging.getLogger(__name__)

_START_SECONDS = 10.0
_SILENT_SECONDS = 2.0

Receipt = asyncio.Future[Any]
"""A record on its way: it ends when Kafka has confirmed the record, or refused it."""


@dataclass(frozen=True)
class ProducerRecord:
    """One record to send; the key chooses the partition by murmur2, as Java's default does."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def make_producer(settings: ProcessSettings) -> AIOKafkaProducer:
    """An idempotent producer that waits for nothing: a lone request leaves at once."""
    return AIOKafkaProducer(
        **kafka_arguments(settings),
        client_id="flowserve-api",
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        compression_type=quick_lz4(),
        request_timeout_ms=5_000,
        retry_backoff_ms=100,
    )


class Publisher:
    """Holds one producer and replaces it when it does not recover by itself.

    An idempotent aiokafka producer never gives a batch up, and after a lost sequence number it refuses
    every later one: both end here, with a new producer (and a new producer id).
    """

    def __init__(self, make: Callable[[], AIOKafkaProducer], topic: str, counters: Counters) -> None:
        self._make = make
        self._topic = topic
        self._counters = counters
        self._producer: AIOKafkaProducer | None = None
        self._broken = asyncio.Event()
        self._broken.set()
        self._silent_since: float | None = None

    def ready(self) -> bool:
        """True while there is a producer that has not just failed."""
        return self._producer is not None and not self._broken.is_set()

    async def run(self) -> None:
        """Builds a producer whenever there is none that works; ends only when cancelled."""
        backoff = FIRST_BACKOFF_SECONDS
        try:
            while True:
                await self._broken.wait()
                await self._drop()
                if await self._build():
                    backoff = FIRST_BACKOFF_SECONDS
                    self._broken.clear()
                else:
                    await asyncio.sleep(backoff)
                    backoff = next_backoff(backoff)
        finally:
            await self._drop()

    async def send(self, record: ProducerRecord, deadline: float) -> Receipt:
        """Hands a record to the producer. `deadline` is loop time. Raises Refusal."""
        producer = self._producer
        if producer is None:
            raise Refusal("not_ready", "Kafka is not reachable; nothing was sent.")
        try:
            async with asyncio.timeout_at(deadline):
                receipt: Receipt = await producer.send(
                    record.topic, record.value, key=record.key, headers=record.headers
                )
        except TimeoutError:
            self._note_timeout()
            raise self._unknown() from None
        except KafkaError as error:
            self._note_failure(producer, error)
            raise self._unknown() from None
        receipt.add_done_callback(partial(self._note_end, producer))
        return receipt

    async def confirm(self, receipt: Receipt, deadline: float) -> None:
        """Waits for Kafka's acknowledgement without ever cancelling it. Raises Refusal: publish_unknown."""
        if not receipt.done():
            loop = asyncio.get_running_loop()
            await asyncio.wait((receipt,), timeout=max(0.0, deadline - loop.time()))
        if not receipt.done():
            self._note_timeout()
            raise self._unknown()
        if receipt.cancelled() or receipt.exception() is not None:
            raise self._unknown()

    def _note_end(self, producer: AIOKafkaProducer, receipt: Receipt) -> None:
        """At the end itself: a batch reads its receipts late, when there may be another producer."""
        error = None if receipt.cancelled() else receipt.exception()
        if receipt.cancelled() or error is not None:
            self._note_failure(producer, error)
        elif producer is self._producer:
            self._silent_since = None

    def _note_timeout(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since >= _SILENT_SECONDS:
            self._broken.set()

    def _note_failure(self, producer: AIOKafkaProducer, error: BaseException | None) -> None:
        if producer is not self._producer:
            return
        logger.error("Kafka refused a request: %s", type(error).__name__)
        # Another producer would have no more rights, and other topics than this one may be open to it.
        if not isinstance(error, TopicAuthorizationFailedError):
            self._broken.set()

    def _unknown(self) -> Refusal:
        self._counters.add("flowserve_api_publish_unknown_total")
        detail = "Kafka did not confirm the request in time; repeat it with the same transaction_id."
        return Refusal("publish_unknown", detail)

    async def _build(self) -> bool:
        producer = self._make()
        try:
            async with asyncio.timeout(_START_SECONDS):
                await producer.start()
                await producer.partitions_for(self._topic)
        except BaseException as error:
            await _stop_producer(producer)
            if not isinstance(error, KafkaError | OSError | TimeoutError):
                raise
            logger.warning("no producer yet: %s", type(error).__name__)
            return False
        self._producer, self._silent_since = producer, None
        return True

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop_producer(producer)


async def _stop_producer(producer: AIOKafkaProducer) -> None:
    if not await end_producer(producer):
        logger.warning("a producer was given up with unconfirmed requests")
