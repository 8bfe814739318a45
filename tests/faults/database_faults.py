"""F21 to F24: PostgreSQL down, slow, locked, cutting sessions, in a deadlock, read-only."""

import asyncio
import time

import asyncpg

from tests.faults.fault import Fault
from tests.faults.scene import Scene


async def _session(scene: Scene, superuser: bool = False) -> "asyncpg.Connection[asyncpg.Record]":
    dsn = scene.lab.servers.postgres.dsn
    return await asyncpg.connect(dsn.replace("//flowserve:", "//postgres:") if superuser else dsn)


async def down(scene: Scene) -> None:
    """An immediate stop, as after a power cut."""
    postgres = scene.lab.servers.postgres
    await asyncio.to_thread(postgres.stop_immediate)
    before = scene.watch.total
    await scene.last(scene.seconds(60, 10))
    scene.figures["decided_meanwhile"] = scene.watch.total - before
    await asyncio.to_thread(postgres.start)
    scene.since = time.monotonic()
    assert scene.figures["decided_meanwhile"], "nothing was decided without PostgreSQL"


async def slow(scene: Scene) -> None:
    """300 ms for a round trip."""
    proxy = scene.lab.servers.postgres_proxy
    await proxy.tell(latency_ms=150)
    await scene.last(scene.seconds(30, 15))
    await proxy.clear()
    scene.since = time.monotonic()


async def locked(scene: Scene) -> None:
    """Somebody holds the tables."""
    connection = await _session(scene)
    try:
        while True:
            try:
                async with connection.transaction():
                    await connection.execute("lock table predictions, requests in access exclusive mode")
                    await scene.last(scene.seconds(30, 15))
                    break
            except asyncpg.DeadlockDetectedError:
                continue  # the sink was half-way through them
    finally:
        await connection.close()
    scene.since = time.monotonic()


async def cut_sessions(scene: Scene) -> None:
    """All sessions of the product are ended by the server, again and again."""
    connection = await _session(scene, superuser=True)
    cut = 0
    try:
        for _ in range(10):
            cut += await connection.fetchval(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where application_name like 'flowserve-%'"
            )
            await scene.last(scene.chance.uniform(0.2, 1.5))
    finally:
        await connection.close()
    scene.figures["sessions_cut"] = cut
    scene.since = time.monotonic()


async def deadlock(scene: Scene) -> None:
    """A second writer takes the sink's rows in the opposite order."""
    connection = await _session(scene)
    victims = 0
    try:
        for _ in range(6):
            try:
                async with connection.transaction():
                    for order in ("desc", "asc"):
                        await connection.execute(
                            "select 1 from sink_offsets where topic = (select topic from sink_offsets "  # noqa: S608
                            f"order by topic {order} limit 1) order by partition {order} for update"
                        )
                        await scene.last(0.8)
            except asyncpg.DeadlockDetectedError:
                victims += 1
    finally:
        await connection.close()
    scene.figures["deadlocks_that_we_lost"] = victims
    scene.since = time.monotonic()


async def read_only(scene: Scene) -> None:
    """Every new transaction is read-only."""
    connection = await _session(scene, superuser=True)
    try:
        for value in ("on", "off"):
            await connection.execute("set default_transaction_read_only = off")
            await connection.execute(f"alter system set default_transaction_read_only = {value}")
            await connection.execute("select pg_reload_conf()")
            if value == "on":
                await scene.last(scene.seconds(20, 8))
    finally:
        await connection.close()
    scene.since = time.monotonic()


FAULTS = [
    Fault(
        "F21", "postgres-down", "PostgreSQL is stopped immediately for 60 s", down, tier="middle", by="sink"
    ),
    Fault("F22", "postgres-slow", "PostgreSQL answers 300 ms later", slow, by="sink"),
    Fault("F22", "postgres-locked", "the tables are locked for 30 s", locked, by="sink"),
    Fault(
        "F23",
        "postgres-cut",
        "the server ends all sessions, ten times",
        cut_sessions,
        tier="middle",
        by="sink",
    ),
    Fault("F23", "postgres-deadlock", "a second writer locks in the opposite order", deadlock, by="sink"),
    Fault(
        "F24", "postgres-read-only", "PostgreSQL is read-only for 20 s", read_only, tier="middle", by="sink"
    ),
]
