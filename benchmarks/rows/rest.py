"""The REST door: one caller, 64 callers and batches, beside three raw hops and FastAPI in one process."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import msgspec

from benchmarks.cpu import Meter, resident_mb
from benchmarks.figures import Figure, Goal, percentile
from benchmarks.hops import TOPICS, Hops
from benchmarks.load.closed import Spell, closed_loop
from benchmarks.load.target import Target
from benchmarks.stage import PARTITIONS, Stage
from benchmarks.traffic import Asked, traffic
from benchmarks.watch import Check, alive
from local_stack.api import wait_ready
from local_stack.process import Process

MANY = 64
_ROUNDS = 4
_ALONE = 1_000
_SECONDS, _WARM_SECONDS = 5.0, 2.0
_PER_BATCH, _BATCH_CALLERS = 100, 4
_CUSTOMERS = 10_000
_READY_SECONDS = 60.0
_MOST_PER_SECOND = 6_000
_FLOOR_BODY = msgspec.json.encode({"features": [12.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.7, 0.8]})
_HOPS, _IN_PROCESS, _SUM = "three raw hops", "in-process FastAPI", "three raw hops + in-process FastAPI"

Rounds = defaultdict[str, list[float]]


class Doors:
    """FlowServe and its floors, all of them up; each is asked in turn."""

    def __init__(
        self,
        stage: Stage,
        key: str,
        floor: Target,
        hops: Hops,
        processes: dict[str, Process],
        check: Check,
    ) -> None:
        self._stage = stage
        self._target = Target.local(stage.api_port)
        self._floor = floor
        self._hops = hops
        self._key = key
        self._number = 0
        self._check = check
        self.processes = processes
        self.idle = {
            name: resident_mb(process.pid)
            for name, process in processes.items()
            if process.pid is not None and name in ("api", "scorer", "sink")
        }

    async def flowserve(self, callers: int, count: int, seconds: float) -> Spell:
        """Single predictions."""
        requests = (
            self._target.post("/api/v1/predict", self._key, asked.request()) for asked in self._new(count)
        )
        return _all_well(await closed_loop(self._target, list(requests), callers, seconds))

    async def batches(self, seconds: float) -> Spell:
        """Batches of 100."""
        asked = self._new(int(seconds * 25_000))
        return _all_well(
            await closed_loop(self._target, list(self._batch_calls(asked)), _BATCH_CALLERS, seconds)
        )

    async def in_process(self, callers: int, count: int, seconds: float) -> Spell:
        """FastAPI and the model."""
        self._check()
        requests = [self._floor.post("/predict", self._key, _FLOOR_BODY)] * count
        return _all_well(await closed_loop(self._floor, requests, callers, seconds))

    async def hops(self, callers: int, count: int) -> Spell:
        """Three hops over Kafka."""
        return await self._hops.ask([asked.request() for asked in self._new(count)], callers)

    def meter(self) -> Meter:
        """Of everything that takes part but the callers."""
        return Meter({name: process.pid for name, process in self.processes.items()})

    def _batch_calls(self, asked: list[Asked]) -> Iterator[bytes]:
        for first in range(0, len(asked), _PER_BATCH):
            bodies = b",".join(one.request() for one in asked[first : first + _PER_BATCH])
            body = b'{"transactions":[%s]}' % bodies
            yield self._target.post("/api/v1/predict/batch", self._key, body)

    def _new(self, count: int) -> list[Asked]:
        self._number += 1
        return traffic(f"rest-{self._number}", count, _CUSTOMERS, datetime.now(UTC), repeats=0)


@asynccontextmanager
async def doors(stage: Stage) -> AsyncIterator[Doors]:
    """Everything started and warm."""
    await stage.fresh()
    key = await stage.key()
    for topic in TOPICS:
        await stage.create(topic, PARTITIONS)
    processes = {role: stage.flowserve(role) for role in ("scorer", "sink", "api")}
    floor = Target.local(stage.ports.get("floor"))
    local = stage.floor("in_process", str(floor.port), str(stage.model))
    floors = [local, stage.floor("three_hops", stage.bootstrap)]
    await _ready(stage.api_port, processes["api"])
    await _ready(floor.port, local)
    async with Hops(stage.bootstrap, PARTITIONS) as hops:
        all_of_it = {**processes, "broker": stage.kafka.process, "postgres": stage.postgres.process}
        made = Doors(stage, key, floor, hops, all_of_it, alive(*floors, *processes.values()))
        await hops.warm()
        await made.in_process(MANY, 4_000, _WARM_SECONDS)
        await made.flowserve(1, 200, _WARM_SECONDS)
        await made.flowserve(MANY, 6_000, _WARM_SECONDS)
        yield made
    for process in (*processes.values(), *floors):
        process.kill()


async def alone(stage: Stage) -> list[Figure]:
    """One caller at a time."""
    took: Rounds = defaultdict(list)
    count = stage.size(_ALONE)
    async with doors(stage) as made:
        for _ in range(stage.rounds(_ROUNDS)):
            spells = {
                _HOPS: await made.hops(1, count),
                _IN_PROCESS: await made.in_process(1, count, 60),
                "own": await made.flowserve(1, count, 60),
            }
            for name, spell in spells.items():
                took[f"{name} p50"].append(percentile(spell.latencies, 0.5) * 1e3)
                took[f"{name} p99"].append(percentile(spell.latencies, 0.99) * 1e3)
        idle = made.idle
    return [
        _latency("rest-1-p50", "REST, 1 at a time, p50", took, "p50", 1.6),
        _latency("rest-1-p99", "REST, 1 at a time, p99", took, "p99", 2.0),
        Figure("idle-api", "Memory, idle: API", "MB", [idle["api"]], [Goal("at most", 120)], better="less"),
        Figure(
            "idle-scorer",
            "Memory, idle: scorer",
            "MB",
            [idle["scorer"]],
            [Goal("at most", 160)],
            better="less",
        ),
        Figure("idle-sink", "Memory, idle: sink", "MB", [idle["sink"]], better="less"),
    ]


def _latency(name: str, title: str, took: Rounds, share: str, bound: float) -> Figure:
    hops, local = took[f"{_HOPS} {share}"], took[f"{_IN_PROCESS} {share}"]
    floors = {
        _SUM: [one + other for one, other in zip(hops, local, strict=True)],
        _HOPS: hops,
        _IN_PROCESS: local,
    }
    return Figure(name, title, "ms", took[f"own {share}"], [Goal("at most", bound, _SUM)], floors, "less")


async def many(stage: Stage) -> list[Figure]:
    """64 callers, and what a request costs each process."""
    found: Rounds = defaultdict(list)
    cost: Rounds = defaultdict(list)
    seconds = _SECONDS
    async with doors(stage) as made:
        for _ in range(stage.rounds(_ROUNDS)):
            local = await made.in_process(MANY, int(_MOST_PER_SECOND * seconds), seconds)
            hops = await made.hops(MANY, stage.size(10_000))
            meter = made.meter()
            own = await made.flowserve(MANY, int(_MOST_PER_SECOND * seconds), seconds)
            for name, spent in meter.microseconds(len(own.latencies)).items():
                cost[name].append(spent)
            found[_IN_PROCESS].append(local.per_second)
            found[_HOPS].append(hops.per_second)
            found["own"].append(own.per_second)
            found["p99"].append(percentile(own.latencies, 0.99) * 1e3)
    floors = {name: found[name] for name in (_IN_PROCESS, _HOPS)}
    return [
        Figure(
            "rest-64",
            "REST, 64 at once",
            "requests/s",
            found["own"],
            [Goal("at least", 0.5, _IN_PROCESS)],
            floors,
        ),
        Figure(
            "rest-64-p99", "REST, 64 at once, p99", "ms", found["p99"], [Goal("at most", 60)], better="less"
        ),
        *costs("rest-64", "REST, 64 at once", cost),
    ]


async def batch(stage: Stage) -> list[Figure]:
    """100 transactions a call."""
    found: list[float] = []
    cost: Rounds = defaultdict(list)
    async with doors(stage) as made:
        await made.batches(_WARM_SECONDS)
        for _ in range(stage.rounds(_ROUNDS)):
            meter = made.meter()
            spell = await made.batches(_SECONDS)
            for name, spent in meter.microseconds(len(spell.latencies) * _PER_BATCH).items():
                cost[name].append(spent)
            found.append(spell.per_second * _PER_BATCH)
    return [
        Figure("batch", "/predict/batch, 100 per call", "transactions/s", found, [Goal("at least", 10_000)]),
        *costs("batch", "/predict/batch", cost),
    ]


def costs(name: str, title: str, cost: dict[str, list[float]]) -> list[Figure]:
    """What a transaction costs each process."""
    return [
        Figure(f"{name}-cpu-{process}", f"{title}, CPU: {process}", "µs", spent, better="less")
        for process, spent in cost.items()
    ]


def _all_well(spell: Spell) -> Spell:
    if spell.others or not spell.latencies:
        raise RuntimeError(f"answers other than 200: {spell.others}")
    return spell


async def _ready(port: int, process: Process) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        await wait_ready(client, _READY_SECONDS, alive(process))
