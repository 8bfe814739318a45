"""One run of one fault: progress, the fault, progress again, quiet, and the verdict."""

import asyncio
import random
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from schemas.topics import PREDICTIONS, REQUESTS
from tests.faults.backlog import calm_since
from tests.faults.fault import Fault
from tests.faults.kafka_load import KafkaLoad, Messages
from tests.faults.lab import PARTITIONS, Lab
from tests.faults.log_scan import LogScan
from tests.faults.readers import Readers
from tests.faults.rest_load import RestLoad
from tests.faults.result import Run, p99
from tests.faults.scene import Scene
from tests.faults.verifier import Verifier
from tests.faults.watch import Watch
from tests.support import logs
from tests.support.waiting import until

# Records and calls a second; the shorter forms also run where other tests share the cores.
LONG_RATES, SHORT_RATES = (700, 20), (300, 15)
CALLERS = 12
_BEFORE, _AFTER, _CALM_SECONDS = 1_000, 500, 1.5
_GATE_SECONDS, _DRAIN_SECONDS = 150, 180


@dataclass
class Bench:
    """A lab with everything that lives as long as it does."""

    lab: Lab
    watch: Watch
    watching: "asyncio.Task[None]"
    verifier: Verifier
    messages: Messages
    scan: LogScan

    @classmethod
    async def start(cls, lab: Lab, seed: int) -> "Bench":
        """Starts the lab."""
        await lab.start()
        direct, dsn = lab.servers.direct, lab.servers.postgres.dsn
        watch = Watch(direct, dsn, lab.crew)
        watching = asyncio.create_task(watch.run())
        messages = Messages(seed, datetime.now(UTC))
        return cls(lab, watch, watching, Verifier(direct, dsn), messages, LogScan(lab.data / "logs"))

    async def erase(self) -> None:
        """Ends everything."""
        self.watching.cancel()
        await asyncio.gather(self.watching, return_exceptions=True)
        await self.lab.erase()


@dataclass(frozen=True)
class Span:
    """From a fault to recovery, in monotonic seconds."""

    injected: float
    calm: float


async def run(
    bench: Bench,
    fault: Fault,
    number: int,
    campaign_seed: int,
    long: bool,
    rates: tuple[float, float] | None = None,
) -> Run:
    """The figures; what goes wrong with the run itself is in `error`. In a long one the fault comes again.

    `rates` are records and calls a second, if not those of the form.
    """
    seed = zlib.crc32(f"{campaign_seed}/{fault.name}/{number}".encode())
    result = Run(fault.row, fault.name, number, seed)
    assert not bench.watching.done(), "the watch has died"
    began, first_end = time.monotonic(), len(bench.lab.crew.ends)
    lab, now = bench.lab, datetime.now(UTC)
    ahead, looks = bench.watch.ahead, bench.watch.looks
    records_rate, calls_rate = rates or (LONG_RATES if long else SHORT_RATES)
    kafka = KafkaLoad(lab.servers.direct, bench.messages, records_rate)
    rest = RestLoad(lab.urls, lab.key, seed, now, CALLERS, calls_rate)
    readers = Readers(lab.urls, lab.key, rest.seen.request_ids)
    scene = Scene(lab, bench.watch, kafka, rest, random.Random(seed), long)
    stop = asyncio.Event()
    loads = [asyncio.create_task(load.run(stop)) for load in (kafka, rest, readers)]
    spans: list[Span] = []
    try:
        await _calm(bench.watch.scorer_lags, began, "all is well before the fault")
        for _ in range(fault.repeats if long else 1):
            spans.append(await _once(bench, fault, scene, result))
        stop.set()
        await asyncio.wait_for(asyncio.gather(*loads), _DRAIN_SECONDS)
        await _drained(bench)
        _latencies(result, rest, spans)
        await _judge(bench, result, scene)
    except Exception as error:  # whatever it is, the next run has a lab of its own
        result.error = f"{type(error).__name__}: {error}"
    finally:
        stop.set()
        for task in loads:
            task.cancel()
        await asyncio.gather(*loads, return_exceptions=True)
    result.calls, result.kills = len(rest.seen.calls), scene.kills
    result.again_seconds = _again(bench.watch.uncommitted, scene.scorers_killed)
    result.codes, result.read_codes = dict(rest.seen.codes), dict(readers.codes)
    result.broken_lines = rest.seen.broken_lines
    result.complaints += readers.faults[:20]
    result.committed_ahead = bench.watch.ahead - ahead
    result.commit_looks = bench.watch.looks - looks
    result.peak_mb = {role: round(size, 1) for role, size in bench.watch.peak_mb.items()}
    result.ends = {end.name: end.code for end in lab.crew.ends[first_end:]}
    exceptions, stops = bench.scan.look()
    if fault.may_stop:
        result.stops = stops + exceptions
    else:
        result.exceptions = exceptions + stops
    result.seconds = round(time.monotonic() - began, 1)
    return result


async def _once(bench: Bench, fault: Fault, scene: Scene, result: Run) -> Span:
    """Progress, the fault, recovery, progress again."""
    scene.figures = {}
    await scene.progress(_BEFORE)
    injected = time.monotonic()
    try:
        await fault.inject(scene)
        calm = await _recovered(bench, fault, scene)
    finally:
        result.figures.append(scene.figures)
    result.recoveries.append(round(max(0.0, calm - scene.since), 2))
    await scene.progress(_AFTER)
    return Span(injected, calm)


async def _recovered(bench: Bench, fault: Fault, scene: Scene) -> float:
    """The moment from which on nothing waited for a second."""
    lags = bench.watch.scorer_lags if fault.by == "scorer" else bench.watch.sink_lags
    return await _calm(lags, scene.since, f"the {fault.by} is less than a second behind")


async def _calm(lags: list[tuple[float, float]], after: float, what: str) -> float:
    await until(lambda: calm_since(lags, after, _CALM_SECONDS) is not None, what, _GATE_SECONDS)
    return calm_since(lags, after, _CALM_SECONDS) or after


async def _drained(bench: Bench) -> None:
    """Until every request is decided, committed and stored."""
    direct = bench.lab.servers.direct
    ends = await logs.ends(direct, REQUESTS, PARTITIONS)

    async def committed() -> bool:
        held = await logs.committed(direct, REQUESTS)
        return all(held.get(partition, 0) >= end for partition, end in ends.items())

    await until(committed, "every request is decided and committed", _DRAIN_SECONDS, 0.3)
    wanted = {(REQUESTS, partition): end for partition, end in ends.items()}
    answered = await logs.ends(direct, PREDICTIONS, PARTITIONS)
    wanted |= {(PREDICTIONS, partition): end for partition, end in answered.items()}

    async def stored() -> bool:
        connection = await asyncpg.connect(bench.lab.servers.postgres.dsn)
        try:
            rows = await connection.fetch("select topic, partition, next_offset from sink_offsets")
        finally:
            await connection.close()
        held = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        return all(held.get(place, 0) >= end for place, end in wanted.items())

    await until(stored, "every request and outcome is stored", _DRAIN_SECONDS, 0.3)


def _again(uncommitted: Sequence[tuple[float, float]], kills: Sequence[float]) -> list[float]:
    """As the first look after each kill saw it: what was decided by then and not committed."""
    looks = (next((seconds for at, seconds in uncommitted if at >= kill), None) for kill in kills)
    return [round(seconds, 2) for seconds in looks if seconds is not None]


def _latencies(result: Run, rest: RestLoad, spans: Sequence[Span]) -> None:
    """Of answers that were final at once: 200."""
    phases: dict[str, list[float]] = {"before": [], "during": [], "after": []}
    for began, seconds, status in rest.seen.calls:
        if status == 200:
            during = any(span.injected <= began < span.calm for span in spans)
            phase = "during" if during else "before" if began < spans[0].injected else "after"
            phases[phase].append(seconds * 1_000)
    result.p99_before, result.p99_during, result.p99_after = map(p99, phases.values())


async def _judge(bench: Bench, result: Run, scene: Scene) -> None:
    findings = await bench.verifier.verify(scene.kafka, scene.rest.seen, scene.refused)
    result.records, result.redelivered = findings.decided, findings.redelivered
    result.answers_checked, result.matured = findings.answers_checked, findings.matured
    result.lost, result.duplicated = len(findings.lost), len(findings.duplicated)
    result.wrong_answers, result.wrong_state = len(findings.wrong_answers), len(findings.wrong_state)
    for faults in (findings.lost, findings.duplicated, findings.wrong_answers, findings.wrong_state):
        result.complaints += faults[:5]
