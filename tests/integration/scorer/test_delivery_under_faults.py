"""Three scorers with static ids under SIGKILL, SIGTERM, SIGSTOP, a slow rebuild and a stolen id.

The judge reads the raw logs afterwards: every request decided exactly once as if by a single thread, in
order, and the committed offsets never ahead of what is durable.
"""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.topics import PREDICTIONS, REQUESTS
from tests.support import logs
from tests.support.containers import Broker
from tests.support.oracle import judge
from tests.support.scorers import Fleet
from tests.support.traffic import mixed
from tests.support.waiting import until

PARTITIONS = 4
CUSTOMERS = 600
BURST = 500
SESSION_SECONDS = 6


async def decided(broker: Broker) -> int:
    return await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS)


async def progress(broker: Broker, fleet: Fleet, records: int = 1_500) -> None:
    """Until the log grew by so much: a fault counts only between visible progress before and after it."""
    start = await decided(broker)

    async def grown() -> bool:
        fleet.revive()
        return await decided(broker) >= start + records

    await until(grown, f"{records} more decisions", 180, every=0.3)


@asynccontextmanager
async def traffic(broker: Broker, seed: int) -> AsyncIterator[None]:
    """Bursts of known transactions, all the time."""
    stop = asyncio.Event()

    async def bursts() -> None:
        sent, now = 0, datetime.now(UTC)
        while not stop.is_set():
            messages = mixed(BURST, CUSTOMERS, seed + sent, now, first=sent)
            sent += await logs.produce(broker.bootstrap, REQUESTS, messages)
            await asyncio.wait([asyncio.ensure_future(stop.wait())], timeout=0.3)

    task = asyncio.create_task(bursts())
    try:
        yield
    finally:
        stop.set()
        await task


async def drain(broker: Broker, fleet: Fleet) -> None:
    ends = await logs.ends(broker.bootstrap, REQUESTS, PARTITIONS)

    async def all_committed() -> bool:
        fleet.revive()
        committed = await logs.committed(broker.bootstrap, REQUESTS)
        return all(committed.get(partition, 0) >= end for partition, end in ends.items())

    await until(all_committed, "every request decided and committed", 240, every=0.5)


async def assert_nothing_lost_or_wrong(broker: Broker) -> None:
    asked = await logs.read_all(broker.bootstrap, REQUESTS, PARTITIONS)
    answered = await logs.read_all(broker.bootstrap, PREDICTIONS, PARTITIONS)
    verdict = judge(asked, answered)
    print(f"decided {verdict.decided}, {dict(verdict.statuses)}, ignored repeats {verdict.repeats}")
    assert verdict.undecided == 0
    assert verdict.wrong[:5] == []
    assert verdict.decided > 0


async def test_no_fault_leaves_a_hole_or_a_wrong_state(
    broker: Broker, tmp_path: Path, inherited: dict[str, str]
) -> None:
    await logs.create_topics(broker.bootstrap, PARTITIONS)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    try:
        async with traffic(broker, seed=11):
            fleet.start(0)
            fleet.start(1)
            await progress(broker, fleet)

            fleet.running[0].kill()
            await progress(broker, fleet)

            began = time.monotonic()
            fleet.running[1].stop(seconds=30)
            assert fleet.running[1].exit_code == 0
            assert time.monotonic() - began < 25
            fleet.start(1, rebuild_pause_seconds="3")
            fleet.start(2)
            await progress(broker, fleet)

            fleet.running[2].pause()
            await progress(broker, fleet)
            resumed_at = time.monotonic() + SESSION_SECONDS + 2
            await until(lambda: time.monotonic() > resumed_at, "longer than the session", 30)
            fleet.running[2].resume()
            await progress(broker, fleet)

            await steal_a_slot(broker, fleet)
            await progress(broker, fleet)
        await drain(broker, fleet)
    finally:
        fleet.kill_all()
    await assert_nothing_lost_or_wrong(broker)


async def steal_a_slot(broker: Broker, fleet: Fleet) -> None:
    """On the same host the lock refuses the thief; from elsewhere the group does, and someone gives up."""
    same_host = fleet.spawn("thief-here", 0)
    await until(lambda: not same_host.alive, "the second scorer of a slot refuses to start")
    assert same_host.exit_code not in (0, None)
    assert "FLOWSERVE_SCORER_SLOT" in same_host.log.read_text()

    elsewhere = fleet.spawn("thief-elsewhere", 0, data_dir=str(same_host.log.parent / "elsewhere"))
    try:
        victim = fleet.running[0]
        await until(
            lambda: not (elsewhere.alive and victim.alive), "one of two scorers with one id gives up", 180
        )
        assert (elsewhere if not elsewhere.alive else victim).exit_code not in (0, None)
    finally:
        elsewhere.kill()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_random_faults_for_minutes_leave_no_hole_and_no_wrong_state(
    broker: Broker, tmp_path: Path, inherited: dict[str, str], seed: int
) -> None:
    if await logs.topic_missing(broker.bootstrap, REQUESTS):
        await logs.create_topics(broker.bootstrap, PARTITIONS)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    chance = random.Random(seed)
    try:
        async with traffic(broker, seed=1_000 * seed):
            for slot in range(3):
                fleet.start(slot, rebuild_pause_seconds=str(slot))
            for _ in range(20):
                await progress(broker, fleet, chance.randrange(500, 4_000))
                victim = fleet.running[chance.randrange(3)]
                fault = chance.choice(["kill", "term", "stop"])
                if fault == "kill":
                    victim.kill()
                elif fault == "term":
                    victim.send(signal.SIGTERM)
                else:
                    victim.pause()
                    resumed_at = time.monotonic() + chance.uniform(1, 2 * SESSION_SECONDS)
                    await until(lambda at=resumed_at: time.monotonic() > at, "the pause", 60)  # type: ignore[misc]
                    victim.resume()
        await drain(broker, fleet)
    finally:
        fleet.kill_all()
    await assert_nothing_lost_or_wrong(broker)
