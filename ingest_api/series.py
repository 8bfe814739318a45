"""The body of /api/v1/metrics/series: what /metrics counts, step by step through the window."""

from datetime import datetime, timedelta

import asyncpg
import msgspec

from ingest_api.summary import Latency, Window, latency_of

# A picture shows no more than some hundred points.
_MOST_POINTS = 300
_STEPS = (1, 2, 5, 10, 15, 30, 60, 300, 900, 3_600, 21_600)


class Point(msgspec.Struct, frozen=True):
    """What arrived within one step that began `at`; latency as in Metrics."""

    at: datetime
    approve: int
    review: int
    decline: int
    duplicate: int
    rejected: int
    latency_ms: Latency


class Series(msgspec.Struct, frozen=True):
    """Points oldest first; a step in which nothing arrived has none. The last step is not over yet.

    `latency_ms` is of the whole window: percentiles of steps cannot be added up.
    """

    window: Window
    step_seconds: int
    latency_ms: Latency
    points: list[Point]


def step_of(window: timedelta) -> int:
    """The shortest step, in seconds, that gives no more than 300 points."""
    seconds = window.total_seconds()
    return next(step for step in _STEPS if seconds / step <= _MOST_POINTS)


def series(rows: list[asyncpg.Record], window: timedelta, step_seconds: int, now: datetime) -> Series:
    """From the rows of `statements.SERIES`."""
    *steps, whole = rows
    span = Window(int(window.total_seconds()), now - window, now)
    return Series(span, step_seconds, latency_of(whole), [_point(row) for row in steps])


def _point(row: asyncpg.Record) -> Point:
    return Point(
        row["at"],
        row["approve"],
        row["review"],
        row["decline"],
        row["duplicate"],
        row["rejected"],
        latency_of(row),
    )
