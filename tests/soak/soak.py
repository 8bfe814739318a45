"""Segments of traffic with a restart each, every one with a verdict, in one installation that goes on."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.load.target import Target
from tests.faults.campaign import line
from tests.faults.lab import Lab, Size
from tests.faults.result import Run
from tests.faults.run import Bench, run
from tests.overload.capacity import capacity
from tests.soak.restarts import segment
from tests.soak.samples import Sample, look

SIZE = Size(apis=2, scorers=2, sinks=2)
_EVERY_SECONDS = 5.0
_SEGMENT_SECONDS = 120.0


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
            most = await capacity(Target.of(self._lab.urls[0]), self._lab.key)
            return await self._soak(bench, most)
        finally:
            await bench.erase()

    async def _soak(self, bench: Bench, most: float) -> dict[str, Any]:
        began = time.monotonic()
        sampling = asyncio.create_task(self._sample(began))
        rates = (self._kafka_rate, most / 2)
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
            "capacity": round(most, 1),
            "kafka_per_second": self._kafka_rate,
            "runs": [{"at": round(at, 1), "clean": done.clean} | asdict(done) for at, done in runs],
            "samples": [asdict(sample) for sample in self._samples],
        }

    async def _sample(self, began: float) -> None:
        while True:
            members = list(self._lab.crew.members.values())
            self._samples += look(members, time.monotonic() - began)
            await asyncio.sleep(_EVERY_SECONDS)
