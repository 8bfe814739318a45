"""Looks at the scorer's lag twice a second: end offsets of the requests, committed offsets of its group."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from ingest_api.background import FIRST_BACKOFF_SECONDS, next_backoff
from ingest_api.lag import Lag, LagBook
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import end_within
from schemas.settings import ProcessSettings
from schemas.topics import REQUESTS, SCORER_GROUP

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
_FRESH_SECONDS = 5.0
_PEEK_SECONDS = 1.0
_PEEK_BYTES = 65_536


class LagMonitor:
    """The newest lag, or None while Kafka does not tell. `clock` is monotonic seconds."""

    def __init__(self, settings: ProcessSettings, every_seconds: float, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._places = [TopicPartition(REQUESTS, partition) for partition in range(settings.partitions)]
        self._every_seconds = every_seconds
        self._clock = clock
        self._book = LagBook()
        self._lag: Lag | None = None
        self._ends: dict[int, int] = {}
        self._looked_at = 0.0
        self._nothing_between: dict[int, tuple[int, int]] = {}

    def lag(self) -> Lag | None:
        """What was seen last, unless that is too long ago to act on."""
        return self._lag if self._clock() - self._looked_at <= _FRESH_SECONDS else None

    def ends(self) -> Mapping[int, int] | None:
        """The end offset of every partition of the requests, as fresh as the lag."""
        return self._ends if self.lag() is not None else None

    async def run(self) -> None:
        """Looks again and again, with new clients after a failure; ends only when cancelled."""
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            try:
                async with AsyncExitStack() as stack:
                    consumer, admin = await self._connect(stack)
                    while True:
                        await self._look(consumer, admin)
                        backoff = FIRST_BACKOFF_SECONDS
                        await asyncio.sleep(self._every_seconds)
            except (KafkaError, OSError, TimeoutError) as error:
                logger.warning("the scorer's lag is not known: %s", type(error).__name__)
            await asyncio.sleep(backoff)
            backoff = next_backoff(backoff)

    async def _connect(self, stack: AsyncExitStack) -> tuple[AIOKafkaConsumer, AIOKafkaAdminClient]:
        kafka = kafka_arguments(self._settings)
        consumer = AIOKafkaConsumer(
            **kafka,
            client_id="flowserve-api-lag",
            # What a group has not read and the log no longer holds would else be looked for at its end.
            auto_offset_reset="earliest",
            request_timeout_ms=5_000,
            max_partition_fetch_bytes=_PEEK_BYTES,
        )
        stack.push_async_callback(lambda: end_within(consumer.stop()))
        admin = AIOKafkaAdminClient(**kafka, client_id="flowserve-api-lag", request_timeout_ms=5_000)
        stack.push_async_callback(lambda: end_within(admin.close()))
        async with asyncio.timeout(2 * _LOOK_SECONDS):
            await consumer.start()
            await admin.start()
        return consumer, admin

    async def _look(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        async with asyncio.timeout(_LOOK_SECONDS):
            ends = await consumer.end_offsets(self._places)
            commits = await admin.list_consumer_group_offsets(SCORER_GROUP)
            done = {place.partition: at.offset for place, at in commits.items() if place.topic == REQUESTS}
            reached = {place.partition: end for place, end in ends.items()}
            if self._lag is not None and self._lag.seconds >= _PEEK_SECONDS:
                worst = max(self._lag.partitions, key=lambda each: each.seconds).partition
                await self._peek(consumer, worst, done.get(worst, 0), reached[worst])
        for partition, (start, end) in self._nothing_between.items():
            if done.get(partition, 0) == start and reached[partition] == end:
                done[partition] = end
        self._looked_at = self._clock()
        self._ends = reached
        self._lag = self._book.observe(self._looked_at, reached, done)

    async def _peek(self, consumer: AIOKafkaConsumer, partition: int, start: int, end: int) -> None:
        """The end of a producer's transaction takes an offset that nobody commits past: it is no request."""
        place = self._places[partition]
        consumer.assign([place])
        consumer.seek(place, start)
        waiting = await consumer.getmany(timeout_ms=500, max_records=1)
        if not waiting and await consumer.position(place) >= end:
            self._nothing_between[partition] = (start, end)
