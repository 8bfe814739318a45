"""The actors of a process, one per partition that it owns; what leaves one of them ends the process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from typing import TypeVar

from stream_processor.pipeline.envelope import Record
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.actor import PartitionActor, Surroundings
from stream_processor.scorer.kafka_log import is_transient
from stream_processor.scorer.watchdog import EXIT_FAILED, EXIT_STUCK, leave

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

ALL = -1


class Actors:
    """Faust would restart a failed actor with whatever state it had; here the process starts anew."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self._actors: dict[int, PartitionActor] = {}
        self._assignment = 0
        self._in_hand_since_ms: dict[int, int] = {}
        self._saving = asyncio.Lock()

    def states(self) -> dict[int, PartitionState]:
        """The state of each partition that is ours just now."""
        return {partition: actor.state for partition, actor in self._actors.copy().items()}

    def waiting_seconds(self) -> dict[int, float]:
        """By partition, the age of the oldest request that was fetched and is not decided; 0 without one."""
        now = self.around.clock_ms()
        since = self._in_hand_since_ms.copy()
        return {
            partition: max(0, now - since.get(partition, now)) / 1_000 for partition in self._actors.copy()
        }

    def assigned(self, partitions: AbstractSet[int]) -> None:
        """After every assignment, with all partitions that are ours now."""
        self._assignment += 1
        for partition in self._actors.keys() - partitions:
            del self._actors[partition]
        for partition in partitions:
            self._actor(partition)

    async def handle(
        self, partition: int, records: Sequence[Record], send_back: Callable[[int], Awaitable[None]]
    ) -> int:
        """The partition's cursor once the batch is decided and durable."""
        self._in_hand_since_ms[partition] = records[0].timestamp
        try:
            work = self._actor(partition).handle(records, self._assignment, send_back)
            return await self._or_leave(partition, work)
        finally:
            self._in_hand_since_ms.pop(partition, None)

    async def mature(self) -> None:
        """Reads what other scorers matured, and publishes what became final in our partitions."""
        around = self.around
        await self._or_leave(ALL, self._refresh())
        for partition, actor in list(self._actors.items()):
            await self._or_leave(partition, actor.mature(self._assignment))
        marks = [actor.state.mark for actor in self._actors.values() if actor.state.mark]
        if marks:
            around.terminal_log.book.settle(min(marks))

    async def snapshot(self) -> None:
        """Saves the states and the terminals; what fails is tried again the next time."""
        try:
            # A stop saves once more, perhaps while the timer does: two would write to the same file.
            async with self._saving:
                for actor in list(self._actors.values()):
                    await actor.snapshot()
                await self.around.terminal_log.snapshot()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("no snapshot just now", extra={"cause": repr(error)})

    @asynccontextmanager
    async def clients(self) -> AsyncIterator[None]:
        """The Kafka clients of the process end where this ends, each within a bound."""
        try:
            yield
        finally:
            around = self.around
            await asyncio.gather(*(reader.stop() for reader in around.readers), around.writer.stop())

    async def _refresh(self) -> None:
        try:
            async with asyncio.timeout(self.around.rebuild_seconds):
                await self.around.terminal_log.refresh(self.around.clock_ms())
                await self.around.client_log.refresh()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("terminals or clients cannot be read just now", extra={"cause": repr(error)})

    def _actor(self, partition: int) -> PartitionActor:
        actor = self._actors.get(partition)
        if actor is None:
            actor = self._actors[partition] = PartitionActor(partition, self.around)
        return actor

    async def _or_leave(self, partition: int, work: Awaitable[_Result]) -> _Result:
        try:
            return await work
        except asyncio.CancelledError:
            raise
        except TimeoutError:
            leave(EXIT_STUCK, f"partition {partition} passed its deadline")
        except BaseException as error:
            log.critical("partition %s failed: %r", partition, error, exc_info=error)
            leave(EXIT_FAILED, "an actor failed, and nothing of its batch is acknowledged")
