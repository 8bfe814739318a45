"""A replay from end to end: read, select, score, and put the results where they were asked for."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import Progress

from flowserve_ml.errors import ArtifactError
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder
from stream_processor.provision.connection import Connection
from stream_processor.replay.database import connected
from stream_processor.replay.discreet import discreet
from stream_processor.replay.history import History, ReplayError
from stream_processor.replay.into_live import WarmUp
from stream_processor.replay.job import Job
from stream_processor.replay.kafka import log_reader, log_writer
from stream_processor.replay.outcome_rows import OutcomeRows
from stream_processor.replay.outputs import check_outputs, remove_leftovers, scored_path
from stream_processor.replay.pace import Pace
from stream_processor.replay.plan import Plan, about, default_run_id, select
from stream_processor.replay.report.from_file import read_file
from stream_processor.replay.report.write import write_report
from stream_processor.replay.scored_file import counts, sentence, write_scored
from stream_processor.replay.scoring import Scored, score_history
from stream_processor.replay.settings import ReplaySettings
from stream_processor.replay.sources import read_history
from stream_processor.replay.store import marked, open_run, store_rows

_SHOWN = 5


async def replay(job: Job, settings: ReplaySettings, console: Console) -> list[Path]:
    """Does the job, once for each model; returns the scored tables that were written.

    With two models the report compares the second with the first. Raises ReplayError, and InputError or
    ArtifactError of flowserve_ml, with sentences for people.
    """
    models = [Model.load(folder) for folder in job.models or (_current(settings.models_dir),)]
    check_outputs(job, [model.manifest.version for model in models])
    written = [path for model in models for path in await _with_model(job, settings, model, console)]
    if job.report is not None and written:
        *before, last = [read_file(path) for path in written]
        baseline = before[0] if before else None
        write_report(last, baseline, job.report, job.report.with_suffix(".json"), datetime.now(UTC))
        console.print(f"written: {job.report}", highlight=False)
    return written


def _current(models: Path) -> Path:
    try:
        return current_folder(models)
    except ArtifactError as error:
        hint = "--model names the folder of a model, FLOWSERVE_MODELS_DIR that of them all"
        raise ReplayError(f"{error}; {hint}") from None


async def _with_model(job: Job, settings: ReplaySettings, model: Model, console: Console) -> list[Path]:
    read = await read_history(job, settings, model)
    history, wanted = select(read, job.plan)
    facts = about(history, job.plan, model)
    run_id = job.run_id or default_run_id(facts)
    version = model.manifest.version
    if job.run_id and len(job.models) > 1:
        run_id = f"{run_id}-{version}"
    _describe(history, wanted, version, run_id, console)
    if job.dry_run:
        return []
    if job.into_live:
        await _warm_up(history, model, run_id, settings, console)
        return []
    if not job.store:
        scored = _score(history, model, wanted, console)
        written = _write(job, model, run_id, facts, history, scored, wanted, console)
        _check_usable(history)
        return written
    async with connected() as connection:
        done = await open_run(connection, run_id, facts, len(history.refused) + int(wanted.sum()))
        async with marked(connection, run_id):
            scored = _score(history, model, wanted, console)
            written = _write(job, model, run_id, facts, history, scored, wanted, console)
            rows = OutcomeRows(history, scored, wanted, model)
            await _store(connection, run_id, rows, done, job.plan, console)
    _check_usable(history)
    return written


def _check_usable(history: History) -> None:
    """Raises ReplayError after a run that scored nothing: its results say why, row by row."""
    if not len(history.table):
        raise ReplayError(
            f"{history.source}: not one of {len(history.refused):,} rows could be scored; the reasons stand "
            "above and in the results. Are the columns, --amount-unit and --currency right?"
        )


def _score(history: History, model: Model, wanted: npt.NDArray[np.bool_], console: Console) -> Scored:
    with Progress(console=console) as progress:
        task = progress.add_task("folding and scoring", total=2 * len(history.table))
        scored = score_history(history, model, wanted, lambda more: progress.advance(task, more))
        progress.update(task, completed=2 * len(history.table))
    return scored


def _write(
    job: Job,
    model: Model,
    run_id: str,
    facts: dict[str, Any],
    history: History,
    scored: Scored,
    wanted: npt.NDArray[np.bool_],
    console: Console,
) -> list[Path]:
    found = counts(scored, history, wanted)
    say(console, ", ".join(f"{count:,} {status}" for status, count in found.items()))
    path = scored_path(job, model.manifest.version)
    if path is None:
        return []
    remove_leftovers(path)
    write_scored(path, history, scored, wanted, {"run_id": run_id, **facts, "counts": found})
    say(console, f"written: {path}")
    return [path]


async def _warm_up(
    history: History, model: Model, run_id: str, settings: ReplaySettings, console: Console
) -> None:
    async with log_reader(settings) as reader, log_writer(settings) as writer:
        with Progress(console=console) as progress:
            task = progress.add_task("warming up", total=len(history.table))
            kept = await WarmUp(history, model, run_id, reader, writer).run(
                settings, time.time(), lambda more: progress.advance(task, more)
            )
    console.print(
        f"{kept:,} transactions of the last 45 days will be remembered; start the scorers", highlight=False
    )


async def _store(
    connection: Connection, run_id: str, rows: OutcomeRows, done: int, plan: Plan, console: Console
) -> None:
    if done:
        say(console, f"run {run_id}: {done:,} rows are there already; going on")
    with Progress(console=console) as progress:
        task = progress.add_task("storing", total=len(rows), completed=done)
        pace = Pace(plan.speed, time.monotonic)
        await store_rows(
            connection, run_id, rows, done, pace.wait_for, lambda more: progress.advance(task, more)
        )
    say(console, f"stored: run {run_id}")


def _describe(
    history: History, wanted: npt.NDArray[np.bool_], version: str, run_id: str, console: Console
) -> None:
    lines = [
        f"run {run_id}: {history.source}, client {history.client_id}, model {version}",
        f"{int(wanted.sum()):,} transactions to score, {int((~wanted).sum()):,} more to fold",
        *history.notes,
    ]
    if history.refused:
        lines.append(f"{len(history.refused):,} rows cannot be scored:")
        shown = history.refused[:_SHOWN]
        lines += [f"  row {entry.row}: {sentence(entry.refusal)}" for entry in shown]
        if len(history.refused) > _SHOWN:
            lines.append(f"  and {len(history.refused) - _SHOWN:,} more")
    for line in lines:
        say(console, line)


def say(console: Console, line: str) -> None:
    """One line as it is, however wide the terminal."""
    console.print(discreet(line), highlight=False, markup=False, soft_wrap=True)
