"""A million customers: what they take in memory, how state comes back, and whether anything gets slower."""

import asyncio
import shutil
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import httpx

from benchmarks.cpu import resident_mb, thread_seconds
from benchmarks.figures import Figure, Goal
from benchmarks.stage import PARTITIONS, Stage
from benchmarks.traffic import Asked, one_each, recent
from benchmarks.watch import Watch, alive
from local_stack.process import Process
from schemas.topics import PREDICTIONS, REQUESTS
from tests.support.exposition import samples
from tests.support.waiting import until

MILLION, FEW = 1_000_000, 10_000
_SLICE = 20_000
_ROUNDS, _REBUILDS = 3, 2
_SCORING_SECONDS, _PATIENCE_SECONDS = 300.0, 120.0
_AFTER_START = 500
_QUIET_SHARE, _QUIET_LOOKS = 0.08, 2
_BASE_MB, _ROW_BYTES, _CUSTOMER_BYTES = 160, 64, 400


class Crowd:
    """A scorer on fresh topics, and the customers that it gets to know."""

    def __init__(self, stage: Stage, customers: int, partitions: int = PARTITIONS) -> None:
        self.asked = 0
        self.customers = customers
        self._stage = stage
        self._partitions = partitions
        self._snapshots = stage.data / "flowserve" / "snapshots"
        self._metrics_port = stage.ports.get("scorer metrics")
        self._number = 0
        self._decided_at = 0.0
        self.process: Process | None = None

    async def meet(self) -> None:
        """Every customer comes once."""
        await self._stage.fresh(self._partitions)
        await self.start()
        await self.decide(one_each("first", self.customers, datetime.now(UTC)))

    async def start(self) -> None:
        """Starts the scorer."""
        port = str(self._metrics_port)
        self.process = self._stage.flowserve("scorer", self._partitions, scorer_metrics_port=port)

    async def decide(self, asked: Iterable[Asked]) -> None:
        """Sends them, and waits until all are decided."""
        self.send(asked)
        await self.decided()

    def send(self, asked: Iterable[Asked]) -> None:
        """Does not wait."""
        self.asked += self._stage.fill(REQUESTS, ((one.key, one.request()) for one in asked))

    async def decided(self) -> None:
        """Waits until everything that was sent is decided."""
        async with Watch(self._stage.bootstrap, PREDICTIONS, self._partitions) as watch:
            await watch.until(self.asked, _SCORING_SECONDS, alive(self.running))
        self._decided_at = time.time()

    @property
    def running(self) -> Process:
        """The scorer. Raises RuntimeError before the start."""
        if self.process is None:
            raise RuntimeError("the scorer was not started")
        return self.process

    @property
    def pid(self) -> int:
        """Of the scorer."""
        return self.running.pid or 0

    def some(self, count: int) -> Iterable[Asked]:
        """New transactions of this moment."""
        self._number += 1
        return recent(f"more-{self._number}", count, self.customers, datetime.now(UTC))

    async def settled(self) -> None:
        """Until the labels that fell due are published and nothing is left to do."""
        quiet, before = 0, thread_seconds(self.pid)

        async def is_quiet() -> bool:
            nonlocal quiet, before
            now = thread_seconds(self.pid)
            quiet = quiet + 1 if now - before < _QUIET_SHARE else 0
            before = now
            return quiet >= _QUIET_LOOKS

        await until(is_quiet, "the scorer has nothing left to do", _PATIENCE_SECONDS, every=1.0)

    async def cost(self) -> float:
        """Microseconds of the scorer's processor time for one more transaction of a random customer."""
        await self.settled()
        before = thread_seconds(self.pid)
        await self.decide(self.some(_SLICE))
        return (thread_seconds(self.pid) - before) / _SLICE * 1e6

    async def cost_between_snapshots(self) -> float:
        """The same. A snapshot of many is written every half minute, whatever the traffic: at the full rate
        its cost is shared by ten times as many transactions as these, so it must not fall among them."""
        await self.settled()
        await self.saved()
        return await self.cost()

    async def saved(self) -> None:
        """Until a snapshot of every partition is as young as the last decision, by the scorer's own word: it
        does not write a file again where nothing has changed."""
        async with httpx.AsyncClient() as client:

            async def all_saved() -> bool:
                shown = samples((await client.get(f"http://127.0.0.1:{self._metrics_port}")).text)
                ages = [each.value for each in shown if each.name == "flowserve_scorer_snapshot_age_seconds"]
                files = list(self._snapshots.glob("partition-*.snapshot"))
                young = bool(ages) and time.time() - max(ages) > self._decided_at
                return young and len(files) == self._partitions

            await until(all_saved, "every partition is saved", _PATIENCE_SECONDS)

    async def comes_back(self, without_snapshots: bool) -> float:
        """Stops and starts the scorer; seconds from there to the last of the decisions that wait for it."""
        await asyncio.to_thread(self.running.stop, 40)
        if without_snapshots:
            shutil.rmtree(self._snapshots)
        self.send(self.some(_AFTER_START))
        began = time.monotonic()
        await self.start()
        await self.decided()
        return time.monotonic() - began


async def million(stage: Stage) -> list[Figure]:
    """One long visit of a million customers, and in turn with it short ones of ten thousand."""
    empty = [await first_decision(stage) for _ in range(stage.rounds(_ROUNDS))]
    crowd = Crowd(stage, stage.size(MILLION))
    await crowd.meet()
    few: list[float] = []
    many: list[float] = []
    one_partition: list[float] = []
    # Stages of their own: a ratio is of neighbours in time, as a minute later the machine may be another.
    async with Stage(stage.model, stage.short) as usual, Stage(stage.model, stage.short) as single:
        for _ in range(stage.rounds(_ROUNDS)):
            few.append(await _few(usual, PARTITIONS))
            many.append(await crowd.cost_between_snapshots())
            one_partition.append(await _few(single, 1))
    await crowd.settled()
    held = resident_mb(crowd.pid)
    allowed = _BASE_MB + (_ROW_BYTES * crowd.asked + _CUSTOMER_BYTES * crowd.customers) / 1e6
    await crowd.saved()
    snapshots = [await crowd.comes_back(without_snapshots=False) for _ in range(stage.rounds(_ROUNDS))]
    rebuilt = []
    for _ in range(stage.rounds(_REBUILDS)):
        took = await crowd.comes_back(without_snapshots=True)
        rebuilt.append(crowd.asked / (took - min(empty)))
    crowd.running.kill()
    at = f"{crowd.customers:,} customers"
    return [
        Figure(
            "start",
            "Scorer start to first decision, empty state",
            "s",
            empty,
            [Goal("at most", 3)],
            better="less",
        ),
        Figure(
            "snapshot", f"Start from snapshots, {at}", "s", snapshots, [Goal("at most", 5)], better="less"
        ),
        Figure("rebuild", "Full rebuild from the log", "events/s", rebuilt, [Goal("at least", 60_000)]),
        Figure(
            "memory", f"Memory, scorer, {at}", "MB", [held], [Goal("at most", round(allowed))], better="less"
        ),
        Figure(
            "growth-customers",
            f"CPU per transaction, {at}",
            "µs",
            many,
            [Goal("at most", 1.2, f"{FEW:,} customers")],
            {f"{FEW:,} customers": few},
            "less",
        ),
        Figure(
            "growth-partitions",
            "CPU per transaction, 12 partitions",
            "µs",
            few,
            [Goal("at most", 1.2, "1 partition")],
            {"1 partition": one_partition},
            "less",
        ),
    ]


async def _few(stage: Stage, partitions: int) -> float:
    crowd = Crowd(stage, FEW, partitions)
    await crowd.meet()
    try:
        return await crowd.cost()
    finally:
        crowd.running.kill()


async def first_decision(stage: Stage) -> float:
    """Seconds from the start of a scorer on empty topics to its first decision."""
    crowd = Crowd(stage, FEW)
    await stage.fresh()
    crowd.send(crowd.some(1))
    began = time.monotonic()
    await crowd.start()
    await crowd.decided()
    took = time.monotonic() - began
    crowd.running.kill()
    return took
