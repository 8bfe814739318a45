"""The lag is looked at again and again, whatever the records are that wait."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from ingest_api.lag_monitor import LagMonitor
from schemas.settings import ProcessSettings
from schemas.topics import REQUESTS
from tests.support.waiting import until

PLACE = TopicPartition(REQUESTS, 0)


class Kafka:
    """One partition with a request that nobody decides. Consumer and admin client at once."""

    def __init__(self) -> None:
        self.peeks = 0

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {PLACE: 8}

    async def list_consumer_group_offsets(self, group: str) -> dict[TopicPartition, Any]:
        return {PLACE: SimpleNamespace(offset=7)}

    def assign(self, places: Sequence[TopicPartition]) -> None:
        assert places == [PLACE]

    def seek(self, place: TopicPartition, offset: int) -> None:
        assert offset == 7

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, Any]:
        self.peeks += 1
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")


class Monitor(LagMonitor):
    """Looks at such a Kafka; half a second passes between two looks at the clock."""

    def __init__(self) -> None:
        super().__init__(ProcessSettings(partitions=1), 0.001, self._half_a_second_on)
        self.kafka = Kafka()
        self._now = 0.0

    async def _connect(self, stack: AsyncExitStack) -> tuple[AIOKafkaConsumer, AIOKafkaAdminClient]:
        return cast(AIOKafkaConsumer, self.kafka), cast(AIOKafkaAdminClient, self.kafka)

    def _half_a_second_on(self) -> float:
        self._now += 0.5
        return self._now


async def test_a_record_with_a_header_name_that_is_not_utf_8_waits_like_any_other() -> None:
    monitor = Monitor()
    looking = asyncio.create_task(monitor.run())
    await until(lambda: monitor.kafka.peeks >= 3 or looking.done(), "three peeks", every=0.001)
    assert not looking.done()
    lag = monitor.lag()
    assert lag is not None
    assert (lag.records, lag.seconds >= 1) == (1, True)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
