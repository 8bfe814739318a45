"""The one transaction: rows and the offsets they end at, together or not at all.

Every slice says which next offset it expects in `sink_offsets`. Any other value means that another sink was
there first (or that we were wrong about where we stand), so the slice is not stored: a zombie is fenced.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import asyncpg

from schemas.crash_points import crash_point
from stream_processor.provision.connection import Connection
from stream_processor.provision.days import ensure_days
from stream_processor.sink.batch import Place, Slice, days_of, rows_by_table
from stream_processor.sink.bisect import store_all_but_bad
from stream_processor.sink.database import COMMAND_SECONDS
from stream_processor.sink.dead_letters import REFUSED_ROW, SECOND_SCORED_ROW, refused_row
from stream_processor.sink.errors import describe, is_data_fault
from stream_processor.sink.progress import Totals
from stream_processor.sink.tables import DEAD_LETTERS, TABLES, Row, Table

logger = logging.getLogger(__name__)

# `predictions` is kept for 60 days, and its rows belong to the day of their request.
_OLDEST_DAYS, _NEWEST_DAYS = 70, 3

_START = """
insert into sink_offsets (topic, partition, next_offset)
select * from unnest($1::text[], $2::integer[], $3::bigint[]) on conflict do nothing
"""
_READ = """
select topic, partition, next_offset from sink_offsets
join unnest($1::text[], $2::integer[]) as wanted (topic, partition) using (topic, partition)
"""
# The order of the rows is the order of the locks, so that two sinks cannot block each other for ever.
_LOCK = f"{_READ} order by topic, partition for update of sink_offsets"
_ADVANCE = """
update sink_offsets set next_offset = reached.next_offset, updated_at = now()
from unnest($1::text[], $2::integer[], $3::bigint[]) as reached (topic, partition, next_offset)
where sink_offsets.topic = reached.topic and sink_offsets.partition = reached.partition
"""


class OffsetsDiffer(Exception):
    """Nothing was stored, because PostgreSQL holds other offsets for these partitions than expected."""

    def __init__(self, places: frozenset[Place]) -> None:
        super().__init__(f"{len(places)} partitions")
        self.places = places


class Store:
    """Rows and offsets of one sink. `connect` opens a session; `clock` gives the time in UTC."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        clock: Callable[[], datetime],
        totals: Totals,
        most_bad_rows: int,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._totals = totals
        self._most_bad_rows = most_bad_rows
        self._connection: Connection | None = None
        self._days: set[date] = set()

    async def open(self) -> Connection:
        """The connection, made when there is none. Raises what connecting raises."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    def drop(self) -> None:
        """Leaves the connection as it is; what it had not committed never was."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def offsets(self, log_starts: Mapping[Place, int]) -> dict[Place, int]:
        """The next offset of each partition; one that is new to the sink starts where its log starts."""
        connection = await self.open()
        names, numbers = _columns(log_starts)
        await connection.execute(_START, names, numbers, list(log_starts.values()))
        rows = await connection.fetch(_READ, names, numbers)
        return {Place(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def store(self, slices: Sequence[Slice], sent: Callable[[], None] = lambda: None) -> None:
        """Stores all slices in one transaction. Raises OffsetsDiffer, SinkStopped, or PostgreSQL's errors.

        Calls `sent` when PostgreSQL has all rows, and nearly all that is left to do is its own.
        """
        connection = await self.open()
        rows = rows_by_table(slices)
        await self._make_days(connection, days_of(rows))
        try:
            await self._store_at_once(connection, slices, rows, sent)
        except Exception as error:
            if not is_data_fault(error):
                raise
            await self._store_carefully(connection, slices, rows)

    async def _make_days(self, connection: Connection, days: set[date]) -> None:
        today = self._clock().astimezone(UTC).date()
        oldest, newest = today - timedelta(days=_OLDEST_DAYS), today + timedelta(days=_NEWEST_DAYS)
        wanted = {day for day in days if oldest <= day <= newest} | {today, today + timedelta(days=1)}
        if missing := wanted - self._days:
            await ensure_days(connection, missing)
            self._days |= missing

    async def _store_at_once(
        self,
        connection: Connection,
        slices: Sequence[Slice],
        rows: Mapping[Table, list[Row]],
        sent: Callable[[], None],
    ) -> None:
        async with connection.transaction():
            # Copied before the locks are taken: a sink that is stopped while it sends holds up nobody.
            for table, entries in rows.items():
                await _copy(connection, table, entries)
            crash_point("sink.after_copy")
            await _check_offsets(connection, slices)
            sent()
            if rows:
                inserts = "; ".join(table.insert for table in rows)
                await connection.execute(inserts, timeout=len(rows) * COMMAND_SECONDS)
            await _advance(connection, slices)
            crash_point("sink.before_pg_commit")
        crash_point("sink.after_pg_commit")
        self._count(rows, {table: len(entries) for table, entries in rows.items()})

    async def _store_carefully(
        self, connection: Connection, slices: Sequence[Slice], rows: Mapping[Table, list[Row]]
    ) -> None:
        """As above, without the rows that are there, and with dead letters in place of those it refuses."""
        inserted = dict.fromkeys(TABLES, 0)
        refused: list[Row] = []

        async with connection.transaction():
            await _check_offsets(connection, slices)
            for table, entries in rows.items():

                async def attempt(some: Sequence[Row], table: Table = table) -> None:
                    async with connection.transaction():
                        await connection.execute(f"truncate {table.temporary}")
                        await _copy(connection, table, some)
                        inserted[table] += await _insert_new(connection, table)

                for row, error in await store_all_but_bad(entries, attempt, self._most_bad_rows):
                    refused.append(self._refused(table, row, error))
            if refused:
                await connection.execute(f"truncate {DEAD_LETTERS.temporary}")
                await _copy(connection, DEAD_LETTERS, refused)
                inserted[DEAD_LETTERS] += await _insert_new(connection, DEAD_LETTERS)
            await _advance(connection, slices)
        self._count({**rows, DEAD_LETTERS: [*rows.get(DEAD_LETTERS, []), *refused]}, inserted)

    def _refused(self, table: Table, row: Row, error: Exception) -> Row:
        second = isinstance(error, asyncpg.UniqueViolationError)
        code = SECOND_SCORED_ROW if second else REFUSED_ROW
        letter = refused_row(table, row, code, describe(error), self._clock())
        place = {"topic": letter[0], "partition": letter[1], "offset": letter[2]}
        if second:
            self._totals.second_scored_rows += 1
            logger.error("a transaction was scored twice; the second row is a dead letter", extra=place)
        else:
            self._totals.bad_rows += 1
            logger.warning("a row was refused: %s", describe(error), extra=place)
        return letter

    def _count(self, rows: Mapping[Table, list[Row]], inserted: Mapping[Table, int]) -> None:
        for table, entries in rows.items():
            done = inserted[table]
            setattr(self._totals, table.name, getattr(self._totals, table.name) + done)
            self._totals.repeats += len(entries) - done


async def _check_offsets(connection: Connection, slices: Sequence[Slice]) -> None:
    names, numbers = _columns([part.place for part in slices])
    held = {
        Place(row["topic"], row["partition"]): row["next_offset"]
        for row in await connection.fetch(_LOCK, names, numbers)
    }
    differing = frozenset(part.place for part in slices if held.get(part.place) != part.expected)
    if differing:
        raise OffsetsDiffer(differing)


async def _copy(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    await connection.copy_records_to_table(table.temporary, records=rows, columns=table.copied)


async def _insert_new(connection: Connection, table: Table) -> int:
    answer = await connection.execute(table.insert_new)
    return int(answer.rpartition(" ")[2])


async def _advance(connection: Connection, slices: Sequence[Slice]) -> None:
    names, numbers = _columns([part.place for part in slices])
    await connection.execute(_ADVANCE, names, numbers, [part.next for part in slices])


def _columns(places: Mapping[Place, int] | Sequence[Place]) -> tuple[list[str], list[int]]:
    return [place.topic for place in places], [place.partition for place in places]
