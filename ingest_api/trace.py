"""The way of one request through FlowServe: its stops, each with the time that was really written down."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from ingest_api.rows import LogEntry, log_entry
from schemas.topics import REQUESTS

_MILLISECOND = timedelta(milliseconds=1)


class Place(msgspec.Struct, frozen=True):
    """Where the request's record lies on the log."""

    topic: str
    partition: int
    offset: int


class Stop(msgspec.Struct, frozen=True):
    """One stop. `clock` is whose time it is; clocks of different machines may differ by some milliseconds.

    `at` is null where nobody writes that time down; `ms` is the time since the last stop that has one.
    """

    name: str
    clock: str
    at: datetime | None
    ms: float | None


class Trace(msgspec.Struct, frozen=True):
    """A request, its place, its outcome, and the stops in order; those still ahead of it are left out."""

    place: Place
    entry: LogEntry
    stops: list[Stop]


def trace_of(row: asyncpg.Record) -> Trace:
    """From the row of `statements.TRACE`."""
    place = Place(REQUESTS, row["source_partition"], row["source_offset"])
    return Trace(place, log_entry(row), list(_timed(_stops(row))))


def _stops(row: asyncpg.Record) -> Iterator[tuple[str, str, datetime | None]]:
    if row["source"] == "rest":
        yield "asked", "api", _made_at(row["request_id"])
    yield "on_log", "kafka", row["received_at"]
    if row["outcome"] == "pending":
        return
    yield "decided", "scorer", row["decided_at"]
    if row["source"] == "rest":
        yield "reply", "scorer", None
    yield "stored", "database", row["stored_at"]


def _timed(stops: Iterator[tuple[str, str, datetime | None]]) -> Iterator[Stop]:
    before: datetime | None = None
    for name, clock, at in stops:
        ms = round((at - before) / _MILLISECOND, 3) if at is not None and before is not None else None
        yield Stop(name, clock, at, ms)
        before = at or before


def _made_at(request_id: UUID) -> datetime | None:
    """The moment in a UUIDv7, to the millisecond; None in any other id."""
    if request_id.version != 7:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + (request_id.int >> 80) * _MILLISECOND
