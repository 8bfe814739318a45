"""Reads this process's partition of the reply topic and hands each reply to the caller that waits for it."""

import asyncio
import logging
from collections.abc import Callable
from typing import get_args

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from ingest_api.background import FIRST_BACKOFF_SECONDS, next_backoff
from ingest_api.pending_replies import PendingReplies, Reply
from schemas import headers
from schemas.counters import Counters
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import end_within
from schemas.outcomes import Status
from schemas.settings import ProcessSettings

logger = logging.getLogger(__name__)

_START_SECONDS = 10.0
_POLL_MS = 200
_SILENCE_SECONDS = 5.0

_STATUSES: dict[bytes, Status] = {status.encode(): status for status in get_args(Status)}


class ReplyStall(Exception):
    """The broker has replies that this consumer does not bring, or it does not answer."""


def make_consumer(settings: ProcessSettings) -> AIOKafkaConsumer:
    """A consumer without a group: it reads what it is told to."""
    return AIOKafkaConsumer(
        **kafka_arguments(settings),
        client_id="flowserve-api-replies",
        enable_auto_commit=False,
        auto_offset_reset="latest",
        request_timeout_ms=5_000,
        retry_backoff_ms=100,
    )


class ReplyListener:
    """Assigns one partition, without a group, from its end on; goes on where it stood after a reconnect."""

    def __init__(
        self,
        make: Callable[[], AIOKafkaConsumer],
        place: TopicPartition,
        pending: PendingReplies,
        counters: Counters,
    ) -> None:
        self._make = make
        self.place = place
        self._pending = pending
        self._counters = counters
        self._next: int | None = None
        self._positioned = False

    def ready(self) -> bool:
        """True while the partition is being read: only then can an answer come."""
        return self._positioned

    async def run(self) -> None:
        """Reads, and opens a new consumer whenever the old one fails; ends only when cancelled."""
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            consumer = self._make()
            try:
                await self._position(consumer)
                backoff = FIRST_BACKOFF_SECONDS
                await self._read(consumer)
            except (KafkaError, OSError, TimeoutError, ReplyStall) as error:
                logger.warning("replies are not being read: %s %s", type(error).__name__, error)
            finally:
                self._positioned = False
                await end_within(consumer.stop())
            await asyncio.sleep(backoff)
            backoff = next_backoff(backoff)

    async def _position(self, consumer: AIOKafkaConsumer) -> None:
        async with asyncio.timeout(_START_SECONDS):
            await consumer.start()
            end = (await consumer.end_offsets([self.place]))[self.place]
            consumer.assign([self.place])
            # An end before our place means another log under the same name.
            self._next = end if self._next is None or self._next > end else self._next
            consumer.seek(self.place, self._next)
        self._positioned = True
        logger.info("reading replies", extra={"partition": self.place.partition, "offset": self._next})

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        loop = asyncio.get_running_loop()
        heard_at, stalled = loop.time(), False
        while True:
            batches = await consumer.getmany(self.place, timeout_ms=_POLL_MS)
            if batches:
                for record in batches[self.place]:
                    self._take(record)
                self._next = batches[self.place][-1].offset + 1
                heard_at, stalled = loop.time(), False
            elif loop.time() - heard_at >= _SILENCE_SECONDS:
                behind = await self._behind(consumer)
                if behind and stalled:
                    raise ReplyStall("the broker has replies that do not arrive")
                heard_at, stalled = loop.time(), behind

    async def _behind(self, consumer: AIOKafkaConsumer) -> bool:
        async with asyncio.timeout(_SILENCE_SECONDS):
            ends = await consumer.end_offsets([self.place])
        return bool(ends[self.place] > (self._next or 0))

    def _take(self, record: ConsumerRecord[bytes, bytes]) -> None:
        reply = _reply_of(record)
        if reply is None or not self._pending.resolve(*reply):
            self._counters.add("flowserve_api_unmatched_replies_total")


def _reply_of(record: ConsumerRecord[bytes, bytes]) -> tuple[bytes, Reply] | None:
    """The correlation id and the reply, by headers alone: a late reply must not cost a parse."""
    correlation_id = headers.first(record.headers, headers.CORRELATION_ID)
    status = _STATUSES.get(headers.first(record.headers, headers.STATUS) or b"")
    if correlation_id is None or status is None or record.value is None:
        return None
    return correlation_id, Reply(status, record.value)
