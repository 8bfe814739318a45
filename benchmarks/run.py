"""Runs the rows one after the other, and reports."""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

from benchmarks import compare, document, results
from benchmarks.figures import Figure
from benchmarks.plot import plot
from benchmarks.rows import alone, door, micro, replay, rest, sink, state
from benchmarks.stage import Stage
from benchmarks.table import table

Row = Callable[[Stage], Awaitable[list[Figure]]]
ROWS: dict[str, Row] = {
    "rest-1": rest.alone,
    "rest-64": rest.many,
    "batch": rest.batch,
    "delivery": door.delivery,
    "door": door.real_thing,
    "sink": sink.catch_up,
    "state": state.million,
    "replay": replay.files,
    "alone": alone.features_and_model,
    "micro": micro.steps,
}


async def measure(names: Sequence[str], model: Path, short: bool) -> list[Figure]:
    """The figures of these rows; in the long form each row's are kept as soon as they are there."""
    found: list[Figure] = []
    async with Stage(Path(tempfile.mkdtemp(prefix="benchmark-")), model, short) as stage:
        for name in names:
            began = time.monotonic()
            figures = await ROWS[name](stage)
            if not short:
                results.keep(name, figures)
            found += figures
            print(f"{name}, {time.monotonic() - began:.0f} s\n{table(figures)}\n", flush=True)
    return found


def run(names: Sequence[str], short: bool) -> None:
    """Measures and reports. The short form and a choice of rows write no results."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found = uvloop.run(measure(names or list(ROWS), floors_model(), short))
    if short:
        print(table(found), "\nThe short form only shows that everything works: its figures say little.")
    elif not names:
        report()


def report() -> None:
    """Prints the table and the comparison, and writes results.json and the plot from what rows found last."""
    figures = results.collect(list(ROWS))
    before = results.last_committed()
    print(table(figures), "\n")
    if before is not None:
        print(compare.report(list(compare.changes(before.figures, figures))))
    results.write(figures)
    plot(figures)
    document.put(table(figures))


def floors_model() -> Path:
    path = results.FLOOR_MODEL.absolute()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        train = [sys.executable, "-m", "benchmarks.floors.model", str(path)]
        subprocess.run(train, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=True)
    return path
