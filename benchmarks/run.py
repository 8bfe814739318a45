"""Runs the rows one after the other, and reports."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
import traceback
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

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


async def measure(names: Sequence[str], model: Path, short: bool) -> tuple[list[Figure], list[str]]:
    """The figures of these rows, and the rows that failed. The long form keeps each row's at once."""
    found: list[Figure] = []
    failed: list[str] = []
    _end_on_signals()
    async with Stage(model, short) as stage:
        for name in names:
            began = time.monotonic()
            try:
                figures = await ROWS[name](stage)
            except Exception:  # the other rows are worth their minutes all the same
                print(f"{name} failed:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
                failed.append(name)
                continue
            finally:
                stage.clear()
            if not short:
                results.keep(name, figures)
            found += figures
            print(f"{name}, {time.monotonic() - began:.0f} s\n{table(figures)}\n", flush=True)
    return found, failed


def _end_on_signals() -> None:
    """Any of them ends the run as an error would: nothing that it started is left running.

    A shell starts what runs in its background with SIGINT ignored, and Python leaves it so. Only the first
    one counts: another must not interrupt the cleaning up.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if task is None:
        return
    for number in _SIGNALS:
        loop.add_signal_handler(number, lambda: task.cancelling() or task.cancel())


def run(names: Sequence[str], short: bool) -> None:
    """Measures and reports. The short form and a choice of rows write no results."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        found, failed = uvloop.run(measure(names or list(ROWS), floors_model(), short))
    except asyncio.CancelledError:
        raise SystemExit("stopped by a signal; nothing is left running") from None
    if short:
        print(table(found), "\nThe short form only shows that everything works: its figures say little.")
    elif not names and not failed:
        report()
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


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
