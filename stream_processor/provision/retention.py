"""Table retention: drops the days that are older than they are to be kept, and deletes old rows elsewhere."""

import logging
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from stream_processor.provision.connection import Connection
from stream_processor.provision.days import PARTITIONED

logger = logging.getLogger(__name__)

_ROWS_AT_ONCE = 10_000
_STATEMENT_SECONDS = 600
_DAY = re.compile(r"_(\d{4})_(\d{2})_(\d{2})")

_PARTS = """
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = to_regclass($1) order by c.relname
"""
# A run that goes on keeps its rows, however long ago it began.
_OLD_RUNS = "state <> 'running' and updated_at < $1"
_TIMES = {
    "feedback": "reported_at < $1",
    "dead_letters": "failed_at < $1",
    "redrives": "redriven_at < $1",
    "replay_predictions": f"run_id in (select run_id from replays where {_OLD_RUNS})",  # noqa: S608
    "replays": _OLD_RUNS,
}


async def drop_old_rows(connection: Connection, today: date, kept_days: int) -> dict[str, int]:
    """Deletes what arrived before the last `kept_days` UTC days. Raises PostgreSQL's errors.

    Returns how many day partitions were dropped and rows deleted, by table. What was done stays done where a
    later step fails; the next run goes on.
    """
    first = today - timedelta(days=kept_days)
    gone: dict[str, int] = {}
    for table in PARTITIONED:
        parts = [row["relname"] for row in await connection.fetch(_PARTS, table)]
        old = days_before(table, parts, first)
        for name in old:
            await connection.execute(f"drop table if exists {name}", timeout=_STATEMENT_SECONDS)
        gone[f"{table}_days"] = len(old)
        gone[table] = await _delete(connection, f"{table}_default", "day < $1", first)
    moment = datetime.combine(first, time.min, UTC)
    for table, condition in _TIMES.items():
        gone[table] = await _delete(connection, table, condition, moment)
    logger.info("old rows are deleted", extra={"before": first.isoformat(), **gone})
    return gone


def days_before(table: str, parts: Iterable[str], first: date) -> list[str]:
    """Those of a table's partitions that hold a day before `first`."""
    found = []
    for name in parts:
        match = _DAY.fullmatch(name.removeprefix(table))
        if match and date(*map(int, match.groups())) < first:
            found.append(name)
    return found


async def _delete(connection: Connection, table: str, condition: str, before: date | datetime) -> int:
    """By parts, so that no transaction holds its locks for long. Table and condition are our own text."""
    statement = (
        f"delete from {table} where ctid = any(array("  # noqa: S608
        f"select ctid from {table} where {condition} limit {_ROWS_AT_ONCE}))"
    )
    total = 0
    while True:
        answer = await connection.execute(statement, before, timeout=_STATEMENT_SECONDS)
        count = int(answer.rpartition(" ")[2])
        total += count
        if count < _ROWS_AT_ONCE:
            return total
