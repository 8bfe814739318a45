"""Faust's thread around aiokafka's consumer: what the scorer asks of it beside what Faust asks.

`transport` is its only user; `membership` hears what it learns about the group.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP

from stream_processor.scorer.membership import MembershipWatch

_Answer = TypeVar("_Answer")


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread in which aiokafka's consumer lives."""

    membership: MembershipWatch

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Looks at the member id first: one that keeps changing means that somebody else uses our slot."""
        coordinator = self._ensure_consumer()._coordinator
        self.membership.assigned(str(coordinator.member_id))
        await super().on_partitions_assigned(assigned, generation_id)

    async def look_at_membership(self) -> None:
        """What fails in the group aiokafka tells only who asks, and waits for that; Faust never asks."""
        coordinator = self._consumer and self._consumer._coordinator
        if coordinator is None:
            return  # not started yet

        async def ask() -> None:
            coordinator.check_errors()

        try:
            await self._here(ask())
        except KafkaError as error:
            self.membership.failed(error)

    async def getmany(
        self, active_partitions: set[TP] | None, timeout: float
    ) -> Mapping[TP, list[ConsumerRecord]]:
        """Past Faust's queue of calls, whose workers wait for each of them with three tasks."""
        consumer = self._ensure_consumer()
        fetching = self._fetch_records(
            consumer, active_partitions or set(), timeout=timeout, max_records=consumer._max_poll_records
        )
        return await self._here(fetching)

    async def _here(self, work: Coroutine[Any, Any, _Answer]) -> _Answer:
        """Runs in this thread what another one waits for."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.thread_loop))
