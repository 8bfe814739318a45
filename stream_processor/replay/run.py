"""A replay from end to end: read, select, score, and put the results where they were asked for."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from flowserve_ml.errors import ArtifactError
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder
from stream_processor.log_readers import open_reader
from stream_processor.provision.connection import Connection
from stream_processor.replay.database import connected
from stream_processor.replay.discreet import discreet
from stream_processor.replay.history import History, ReplayError
from stream_processor.replay.into_live import WarmUp
from stream_processor.replay.job import Done, Job
from stream_processor.replay.kafka import log_writer
from stream_processor.replay.outcome_rows import OutcomeRows
from stream_processor.replay.outcome_tables import sentence
from stream_processor.replay.outputs import aside, check_outputs, remove_leftovers, scored_path
from stream_processor.replay.pace import Pace
from stream_processor.replay.plan import Plan, Wanted, about, default_run_id, select
from stream_processor.replay.report.from_file import read_table
from stream_processor.replay.report.write import write_report
from stream_processor.replay.scored_file import write_scored
from stream_processor.replay.scoring import Scored, score_history
from stream_processor.replay.settings import ReplaySettings
from stream_processor.replay.sources import read_history
from stream_processor.replay.store import marked, open_run, store_rows

_SHOWN = 5


async def replay(job: Job, settings: ReplaySettings, console: Console) -> list[Done]:
    """Does the job, once for each model; returns what each came to.

    With two models the report compares the second with the first. Raises ReplayError, and InputError or
    ArtifactError of flowserve_ml, with sentences for people.
    """
    models = [Model.load(folder) for folder in job.models or (_current(settings.models_dir),)]
    check_outputs(job, [model.manifest.version for model in models])
    done = [await _with_model(job, settings, model, console) for model in models]
    written = [each.output for each in done if each.output is not None]
    if job.report is not None and written:
        *before, last = [read_table(path) for path in written]
        baseline = before[0] if before else None
        write_report(last, baseline, job.report, job.report.with_suffix(".json"), datetime.now(UTC))
        console.print(f"written: {job.report}", highlight=False)
    return done


def _current(models: Path) -> Path:
    try:
        return current_folder(models)
    except ArtifactError as error:
        hint = "--model names the folder of a model, FLOWSERVE_MODELS_DIR that of them all"
        raise ReplayError(f"{error}; {hint}") from None


async def _with_model(job: Job, settings: ReplaySettings, model: Model, console: Console) -> Done:
    read = await read_history(job, settings, model)
    history, wanted = select(read, job.plan)
    facts = about(history, job.plan, model)
    run_id = job.run_id or default_run_id(facts)
    version, to_score = model.manifest.version, wanted.count(history)
    if job.run_id and len(job.models) > 1:
        run_id = f"{run_id}-{version}"
    planned = Done(
        run_id,
        version,
        history.source,
        history.client_id,
        to_score=to_score,
        to_fold=history.transactions - to_score,
        refused=len(history.refused),
    )
    _describe(history, planned, console)
    if job.dry_run:
        return planned
    if job.into_live:
        return replace(planned, remembered=await _warm_up(history, model, run_id, settings, console))
    if not job.store:
        scored = _score(history, model, wanted, job, console)
        done = _write(job, planned, facts, scored, console)
    else:
        async with connected() as connection:
            begun = await open_run(connection, run_id, facts, planned.refused + planned.to_score)
            async with marked(connection, run_id):
                scored = _score(history, model, wanted, job, console)
                done = _write(job, planned, facts, scored, console)
                rows = OutcomeRows(history, scored, model)
                await _store(connection, run_id, rows, begun, job.plan, console)
        done = replace(done, stored=True)
    _check_usable(history)
    return done


def _check_usable(history: History) -> None:
    """Raises ReplayError after a run that scored nothing: its results say why, row by row."""
    if not history.transactions:
        raise ReplayError(
            f"{history.source}: not one of {len(history.refused):,} rows could be scored; the reasons stand "
            "above and in the results. Are the columns, --amount-unit and --currency right?"
        )


def _score(history: History, model: Model, wanted: Wanted, job: Job, console: Console) -> Scored:
    total = 2 * history.transactions
    with Progress(console=console) as progress:
        task = progress.add_task("folding and scoring", total=total)
        scored = score_history(history, model, wanted, lambda more: progress.advance(task, more), aside(job))
        progress.update(task, completed=total)
    return scored


def _write(job: Job, planned: Done, facts: dict[str, Any], scored: Scored, console: Console) -> Done:
    found = scored.counts
    say(console, ", ".join(f"{count:,} {status}" for status, count in found.items()))
    path = scored_path(job, planned.model)
    if path is not None:
        remove_leftovers(path)
        write_scored(path, scored, {"run_id": planned.run_id, **facts, "counts": found})
        say(console, f"written: {path}")
    return replace(
        planned,
        output=path,
        scored=found["scored"],
        duplicate=found["duplicate"],
        rejected=found["rejected"],
    )


async def _warm_up(
    history: History, model: Model, run_id: str, settings: ReplaySettings, console: Console
) -> int:
    """How many transactions will be remembered."""
    async with open_reader(settings) as reader, log_writer(settings) as writer:
        with Progress(console=console) as progress:
            task = progress.add_task("warming up", total=history.transactions)
            kept = await WarmUp(history, model, run_id, reader, writer).run(
                settings, time.time(), lambda more: progress.advance(task, more)
            )
    console.print(
        f"{kept:,} transactions of the last 45 days will be remembered; start the scorers", highlight=False
    )
    return kept


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


def _describe(history: History, planned: Done, console: Console) -> None:
    lines = [
        f"run {planned.run_id}: {history.source}, client {history.client_id}, model {planned.model}",
        f"{planned.to_score:,} transactions to score, {planned.to_fold:,} more to fold",
        *history.notes,
    ]
    if len(history.refused):
        lines.append(f"{len(history.refused):,} rows cannot be scored:")
        shown = islice(history.refused, _SHOWN)
        lines += [f"  row {entry.row}: {sentence(entry.refusal)}" for entry in shown]
        if len(history.refused) > _SHOWN:
            lines.append(f"  and {len(history.refused) - _SHOWN:,} more")
    for line in lines:
        say(console, line)


def say(console: Console, line: str) -> None:
    """One line as it is, however wide the terminal."""
    console.print(discreet(line), highlight=False, markup=False, soft_wrap=True)
