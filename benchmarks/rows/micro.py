"""Each step of the scorer by itself, measured by pyperf in processes of its own."""

import asyncio
import statistics
import sys
from pathlib import Path

import pyperf

from benchmarks.figures import Figure
from benchmarks.stage import Stage

_OPTIONS = ("--processes", "2", "--values", "3", "--warmups", "1", "--quiet")
_SHORT = ("--debug-single-value", "--quiet")
_FLOOR = " (floor: "


async def steps(stage: Stage) -> list[Figure]:
    """Microseconds for one transaction; a round is the median of one process."""
    output = stage.data / "micro.json"
    output.unlink(missing_ok=True)
    options = _SHORT if stage.short else _OPTIONS
    command = [sys.executable, "-m", "benchmarks.micro", *options, "--output", str(output)]
    process = await asyncio.create_subprocess_exec(*command)
    if await process.wait():
        raise RuntimeError("python -m benchmarks.micro failed")
    return figures(_rounds(output))


def figures(measured: dict[str, list[float]]) -> list[Figure]:
    """One for each step, beside its floor if it has one: a benchmark named `<step> (floor: <name>)`."""
    floors = {name.partition(_FLOOR)[0]: name for name in measured if _FLOOR in name}
    return [
        Figure(
            f"micro-{step.replace(' ', '-')}",
            f"Step: {step}",
            "µs",
            rounds,
            floors=_floor(measured, floors[step]) if step in floors else {},
            better="less",
        )
        for step, rounds in measured.items()
        if _FLOOR not in step
    ]


def _floor(measured: dict[str, list[float]], name: str) -> dict[str, list[float]]:
    return {name.partition(_FLOOR)[2].rstrip(")"): measured[name]}


def _rounds(output: Path) -> dict[str, list[float]]:
    return {
        bench.get_name(): [statistics.median(run.values) * 1e6 for run in bench.get_runs() if len(run.values)]
        for bench in pyperf.BenchmarkSuite.load(str(output)).get_benchmarks()
    }
