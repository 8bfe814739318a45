"""A run in PostgreSQL. Rows and progress share a transaction: a killed run goes on where its rows end."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from schemas.crash_points import crash_point
from stream_processor.provision.connection import Connection
from stream_processor.replay.history import ReplayError
from stream_processor.replay.outcome_rows import COLUMNS, OutcomeRows, statuses

_ROWS_AT_ONCE = 2_000
_COUNTED = ("scored", "duplicate", "rejected")

_BEGIN = """
insert into replays (run_id, client_id, source, model_version, state, plan, transactions)
values ($1, $2, $3, $4, 'running', $5, $6)
"""
_ADVANCE = """
update replays set done = $2, scored = scored + $3, duplicate = duplicate + $4, rejected = rejected + $5,
    updated_at = now()
where run_id = $1
"""
_STATE = """
update replays set state = $2, message = $3, updated_at = now(),
    finished_at = case when $2 = 'finished' then now() end
where run_id = $1
"""


async def open_run(connection: Connection, run_id: str, facts: dict[str, Any], transactions: int) -> int:
    """Begins a run, or takes up one that was interrupted, and says how many of its rows are there.

    Raises ReplayError for a run that is finished, belongs to other input, or is being written just now.
    """
    alone = "select pg_try_advisory_lock(hashtextextended($1, 0))"
    if not await connection.fetchval(alone, f"replay {run_id}"):
        raise ReplayError(f"run {run_id} is being written by another process just now")
    found = await connection.fetchrow("select state, plan, done from replays where run_id = $1", run_id)
    if found is None:
        plan = json.dumps(facts, sort_keys=True)
        version = facts["model"]["version"]
        await connection.execute(
            _BEGIN, run_id, facts["client_id"], facts["source"], version, plan, transactions
        )
        return 0
    if found["state"] == "finished":
        raise ReplayError(f"run {run_id} is finished already: name another one with --run-id")
    if json.loads(found["plan"]) != facts:
        raise ReplayError(
            f"run {run_id} was begun with other input, another model or other options: name another one with "
            "--run-id, or repeat the command that it was begun with"
        )
    await connection.execute(_STATE, run_id, "running", None)
    return int(found["done"])


async def store_rows(
    connection: Connection,
    run_id: str,
    rows: OutcomeRows,
    done: int,
    wait_for: Callable[[float], Awaitable[None]],
    advance: Callable[[int], None],
) -> None:
    """Stores the rows after the first `done`. `wait_for` is told the event time (seconds) before each."""
    copied = ("run_id", *COLUMNS)
    for batch in rows.batches(_ROWS_AT_ONCE, done):
        await wait_for(batch.seconds)
        found, end = statuses(batch.rows), batch.done + len(batch.rows)
        async with connection.transaction():
            records = [(run_id, *row) for row in batch.rows]
            await connection.copy_records_to_table("replay_predictions", records=records, columns=copied)
            crash_point("replay.mid")
            await connection.execute(_ADVANCE, run_id, end, *(found.count(name) for name in _COUNTED))
        advance(len(batch.rows))


@contextlib.asynccontextmanager
async def marked(connection: Connection, run_id: str) -> AsyncIterator[None]:
    """Ends the run as `finished`; after an error as `stopped`: what is there is then known to be partial."""
    try:
        yield
    except BaseException as error:
        if not connection.is_closed():
            reason = f"{type(error).__name__}: the results are partial; the same command goes on"
            await connection.execute(_STATE, run_id, "stopped", reason)
        raise
    await connection.execute(_STATE, run_id, "finished", None)
