"""Segments of traffic with a restart each, every one with a verdict, in one installation that goes on."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.campaign import line
from tests.faults.lab import Lab, Size
from tests.faults.result import Run
from tests.faults.run import Bench, run
from tests.overload.calls import Calls
from tests.overload.load import Caller
from tests.soak.restarts import segment
from tests.soak.samples import Sample, look

SIZE = Size(apis=2, scorers=2, sinks=2)
_EVERY_SECONDS = 5.0
_SEGMENT_SECONDS = 120.0
_CALLERS, _WARM_SECONDS, _CAPACITY_SECONDS = 48, 5.0, 10.0


class Soak:
    """`kafka_rate` are records a second beside REST callers at half of what one API answers at most."""

    def __init__(self, data: Path, inherited: Mapping[str, str], minutes: float, kafka_rate: float) -> None:
        self._lab = Lab(data, inherited, SIZE)
        self._seconds = minutes * 60
        self._kafka_rate = kafka_rate
        self._samples: list[Sample] = []

    async def run(self) -> dict[str, Any]:
        """The figures, ready for JSON."""
        try:
            bench = await Bench.start(self._lab, 1)
        except BaseException:
            await self._lab.erase()
            raise
        try:
            capacity = await self._capacity()
            return await self._soak(bench, capacity)
        finally:
            await bench.erase()

    async def _capacity(self) -> float:
        """Answers a second of one API to callers in a closed loop."""
        port = int(self._lab.urls[0].rpartition(":")[2])
        answered = 0
        for number, seconds in enumerate((_WARM_SECONDS, _CAPACITY_SECONDS)):
            calls = Calls(f"soak-{number}", port, self._lab.key, number, datetime.now(UTC))
            caller = Caller(port, calls, 2.0)
            await caller.closed_loop(_CALLERS, seconds)
            await caller.close()
            answered = sum(call.status == 200 for call in caller.done)
        return answered / _CAPACITY_SECONDS

    async def _soak(self, bench: Bench, capacity: float) -> dict[str, Any]:
        began = time.monotonic()
        sampling = asyncio.create_task(self._sample(began))
        rates = (self._kafka_rate, capacity / 2)
        runs: list[tuple[float, Run]] = []
        try:
            while (at := time.monotonic() - began) < self._seconds:
                fault = segment(len(runs), _SEGMENT_SECONDS)
                done = await run(bench, fault, len(runs), 1, long=False, rates=rates)
                print(line(done), flush=True)
                runs.append((at, done))
                if done.error:
                    break
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)
        return {
            "seconds": round(time.monotonic() - began, 1),
            "capacity": round(capacity, 1),
            "kafka_per_second": self._kafka_rate,
            "runs": [{"at": round(at, 1), "clean": done.clean} | asdict(done) for at, done in runs],
            "samples": [asdict(sample) for sample in self._samples],
        }

    async def _sample(self, began: float) -> None:
        while True:
            members = list(self._lab.crew.members.values())
            self._samples += look(members, time.monotonic() - began)
            await asyncio.sleep(_EVERY_SECONDS)
