"""Actors of partitions that left are forgotten, however many leave at once; no other may end."""

import asyncio
from typing import cast

import pytest
from mode import Service
from mode.types.services import ServiceT

from stream_processor.scorer import supervisor
from stream_processor.scorer.supervisor import PartitionSupervisor

PARTITIONS = 6


class Ended(Exception):
    """In place of the end of this process."""


class FakeAgent:
    """As far as a supervisor looks at one."""

    def __init__(self) -> None:
        self._actor_by_partition: dict[int, FakeActor] = {}


class FakeActor(Service):
    """As far as a supervisor looks at one."""

    def __init__(self, agent: FakeAgent) -> None:
        self.agent = agent
        self.actor_task = asyncio.ensure_future(asyncio.Event().wait())
        super().__init__()

    async def end(self, error: asyncio.CancelledError | None = None) -> None:
        """Amid a batch with the error, which Faust takes for a crash; without one where it was idle."""
        self.actor_task.cancel()
        await asyncio.wait((self.actor_task,))
        if error:
            await self.crash(error)


def end(*_: object) -> None:
    raise Ended


@pytest.fixture
def agent() -> FakeAgent:
    return FakeAgent()


async def supervised(agent: FakeAgent) -> tuple[PartitionSupervisor, list[FakeActor]]:
    found = PartitionSupervisor(max_restarts=100.0, over=1.0)
    actors = [FakeActor(agent) for _ in range(PARTITIONS)]
    agent._actor_by_partition.update(enumerate(actors))
    found.add(*actors)
    for actor in actors:
        await actor.start()
    return found, actors


async def test_partitions_that_leave_at_once_leave_no_actor_behind(agent: FakeAgent) -> None:
    watching, actors = await supervised(agent)
    left, kept = actors[:-1], actors[-1]
    for partition, actor in enumerate(left):
        del agent._actor_by_partition[partition]
        await actor.end(asyncio.CancelledError() if partition % 2 else None)
    await watching.restart_services(cast(list[ServiceT], left[1::2]))
    assert watching._services == [kept]
    assert not any(actor.restart_count for actor in actors)
    await kept.end()
    await kept.stop()


async def test_an_actor_of_ours_that_ended_ends_the_process(
    agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "leave", end)
    watching, actors = await supervised(agent)
    await actors[2].end(asyncio.CancelledError())
    with pytest.raises(Ended):
        await watching.restart_services(cast(list[ServiceT], actors[2:3]))
    for actor in actors:
        await actor.end()
        await actor.stop()
