"""Looks at the scorer's lag twice a second: end offsets of the requests, committed offsets of its group."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from ingest_api.background import FIRST_BACKOFF_SECONDS, end_within, next_backoff
from ingest_api.lag import Lag, LagBook
from schemas.topics import REQUESTS, SCORER_GROUP

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
_FRESH_SECONDS = 5.0


class LagMonitor:
    """The newest lag, or None while Kafka does not tell. `clock` is monotonic seconds."""

    def __init__(
        self, bootstrap: str, partitions: int, every_seconds: float, clock: Callable[[], float]
    ) -> None:
        self._bootstrap = bootstrap
        self._places = [TopicPartition(REQUESTS, partition) for partition in range(partitions)]
        self._every_seconds = every_seconds
        self._clock = clock
        self._book = LagBook()
        self._lag: Lag | None = None
        self._looked_at = 0.0

    def lag(self) -> Lag | None:
        """What was seen last, unless that is too long ago to act on."""
        return self._lag if self._clock() - self._looked_at <= _FRESH_SECONDS else None

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
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, client_id="flowserve-api-lag", request_timeout_ms=5_000
        )
        stack.push_async_callback(lambda: end_within(consumer.stop()))
        admin = AIOKafkaAdminClient(
            bootstrap_servers=self._bootstrap, client_id="flowserve-api-lag", request_timeout_ms=5_000
        )
        stack.push_async_callback(lambda: end_within(admin.close()))
        async with asyncio.timeout(2 * _LOOK_SECONDS):
            await consumer.start()
            await admin.start()
        return consumer, admin

    async def _look(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        async with asyncio.timeout(_LOOK_SECONDS):
            ends = await consumer.end_offsets(self._places)
            commits = await admin.list_consumer_group_offsets(SCORER_GROUP)
        self._looked_at = self._clock()
        self._lag = self._book.observe(
            self._looked_at,
            {place.partition: end for place, end in ends.items()},
            {place.partition: at.offset for place, at in commits.items() if place.topic == REQUESTS},
        )
