"""The day partitions of `requests` and `predictions`; provisioning and the sink both create them.

A day without a partition is no loss: its rows go to the table's default partition.
"""

import logging
from collections.abc import Iterable
from datetime import date, timedelta

import asyncpg

from stream_processor.provision.connection import Connection

logger = logging.getLogger(__name__)

DAYS_BACK, DAYS_AHEAD = 8, 3
PARTITIONED = ("requests", "predictions")


def days_around(today: date) -> list[date]:
    """From 8 days back, which is all that `requests` holds, to 3 days ahead (UTC days)."""
    return [today + timedelta(days=number) for number in range(-DAYS_BACK, DAYS_AHEAD + 1)]


def partition_name(table: str, day: date) -> str:
    """Such as requests_2026_11_23."""
    return f"{table}_{day:%Y_%m_%d}"


def partition_sql(table: str, day: date) -> str:
    """One UTC day of one table. Names and dates are ours, never a caller's text."""
    return (
        f"create table if not exists {partition_name(table, day)} partition of {table} "
        f"for values from ('{day.isoformat()}') to ('{(day + timedelta(days=1)).isoformat()}')"
    )


async def ensure_days(connection: Connection, days: Iterable[date]) -> int:
    """Creates the missing partitions of these days; returns how many.

    Where that is not possible (rows of the day lie in the default partition already, or this role may not
    create tables) the default partition stays in use, with a warning. Raises other PostgreSQL errors.
    """
    wanted = {partition_name(table, day): (table, day) for day in sorted(days) for table in PARTITIONED}
    there = await connection.fetch(
        "select name from unnest($1::text[]) as name where to_regclass(name) is not null", list(wanted)
    )
    missing = wanted.keys() - {row["name"] for row in there}
    return sum([await _create(connection, *wanted[name]) for name in sorted(missing)])


async def _create(connection: Connection, table: str, day: date) -> bool:
    try:
        await connection.execute(partition_sql(table, day))
    except (asyncpg.DuplicateTableError, asyncpg.UniqueViolationError):
        return False  # another process was faster; the second error is PostgreSQL's own catalogue
    except (asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError) as error:
        logger.warning(
            "no partition for this day, its rows go to the default partition",
            extra={"table": table, "day": day.isoformat(), "sqlstate": error.sqlstate},
        )
        return False
    return True
