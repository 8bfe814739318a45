"""Which process is restarted when: number 0 of each kind lives through it all, so that it can be judged."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from tests.faults.broker_faults import restart
from tests.faults.fault import Fault
from tests.faults.scene import Scene

Act = Callable[[Scene], Awaitable[None]]


async def _terminate(scene: Scene, name: str) -> None:
    member = scene.lab.crew.members[name]
    await scene.lab.crew.stop(member)
    code = member.process.exit_code
    assert code == 0, f"{name} ended with {code}"
    scene.since = time.monotonic()
    scene.lab.crew.start(member)


async def _kill(scene: Scene, name: str) -> None:
    await scene.kill(scene.lab.crew.members[name])


async def _stop_postgres(scene: Scene) -> None:
    postgres = scene.lab.servers.postgres
    await asyncio.to_thread(postgres.stop_immediate)
    await asyncio.to_thread(postgres.start)
    scene.since = time.monotonic()


_TURNS: tuple[tuple[str, Act], ...] = (
    ("SIGTERM to scorer-1", partial(_terminate, name="scorer-1")),
    ("SIGTERM to api-1", partial(_terminate, name="api-1")),
    ("SIGTERM to sink-1", partial(_terminate, name="sink-1")),
    ("SIGKILL to scorer-1", partial(_kill, name="scorer-1")),
    ("SIGKILL to api-1", partial(_kill, name="api-1")),
    ("SIGKILL to sink-1", partial(_kill, name="sink-1")),
    ("PostgreSQL stopped at once and started", _stop_postgres),
    ("Kafka restarted", partial(restart, clean=True)),
)


def segment(number: int, seconds: float) -> Fault:
    """A stretch of the soak as a run of the campaign knows it: a restart, then traffic for so long."""
    what, act = _TURNS[number % len(_TURNS)]

    async def inject(scene: Scene) -> None:
        await act(scene)
        since = scene.since
        await scene.last(seconds)
        scene.since = since

    return Fault("soak", what, what, inject)
