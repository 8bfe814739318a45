"""Rows into the sink's own table with nothing around them: COPY, insert, commit; no offsets, no checks."""

import time
from collections.abc import Sequence

import asyncpg

TABLE, _NEW = "predictions", "floor_rows"
_ROWS_AT_ONCE = 5_000

Row = tuple[object, ...]


async def stored_rows(connection: asyncpg.Connection, count: int) -> list[Row]:
    """What the sink stored, to be stored again."""
    rows = await connection.fetch(f"select * from {TABLE} limit $1", count)  # noqa: S608
    return [tuple(row.values()) for row in rows]


async def copy_all(connection: asyncpg.Connection, rows: Sequence[Row]) -> float:
    """Stores the rows in an empty table; rows a second."""
    await connection.execute(
        f"truncate {TABLE}; create temp table {_NEW} (like {TABLE}) on commit delete rows"
    )
    began = time.perf_counter()
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        async with connection.transaction():
            await connection.copy_records_to_table(_NEW, records=rows[first : first + _ROWS_AT_ONCE])
            await connection.execute(f"insert into {TABLE} select * from {_NEW}")  # noqa: S608
    spent = time.perf_counter() - began
    await connection.execute(f"drop table {_NEW}")
    return len(rows) / spent
