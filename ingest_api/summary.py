"""The body of /api/v1/metrics: counts that always add up, answer times and the scorer's lag."""

import re
from datetime import datetime, timedelta
from typing import cast

import asyncpg
import msgspec

from ingest_api.lag import Lag
from schemas.problems import FieldError, Refusal

_WINDOW = re.compile(r"([0-9]{1,9})([smhd]?)", re.ASCII)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST_SECONDS = 60 * 86_400
_MILLISECOND = timedelta(milliseconds=1)

_counts = msgspec.json.Decoder(dict[str, int])


class Window(msgspec.Struct, frozen=True):
    """By time of arrival: `from` inclusive. `seconds` is its length."""

    seconds: int
    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")


class Counts(msgspec.Struct, frozen=True):
    """accepted = scored + duplicate + rejected + pending."""

    accepted: int
    scored: int
    duplicate: int
    rejected: int
    pending: int


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds from a request's arrival in Kafka to its decision; null where nothing was scored."""

    p50: float | None
    p95: float | None
    p99: float | None


class Reported(msgspec.Struct, frozen=True):
    """Of the window's scored transactions those with a report: each counts once, by its latest report.

    reports: how many those are. frauds: how many of them are fraud. precision: share of frauds among those
    that were reviewed or declined. recall: share of the frauds that were reviewed or declined. Null where
    there is nothing to divide by. All four speak of reported transactions only: what nobody reported counts
    for none of them.
    """

    reports: int
    frauds: int
    precision: float | None
    recall: float | None


class ModelShare(msgspec.Struct, frozen=True):
    """How many were scored by one version of the model."""

    version: str
    scored: int


class Metrics(msgspec.Struct, frozen=True):
    """The client's own numbers; `lag` is the installation's, null while it is not known."""

    window: Window
    requests: Counts
    by_source: dict[str, int]
    decisions: dict[str, int]
    latency_ms: Latency
    lag: Lag | None
    feedback: Reported
    model: list[ModelShare]


def parse_window(text: str) -> timedelta:
    """`900`, `15m`, `1h` or `7d`, at most 60 days. Raises Refusal."""
    match = _WINDOW.fullmatch(text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= seconds <= _LONGEST_SECONDS:
        detail = "Use seconds, or a number with s, m, h or d, of at most 60 days: 900, 15m, 1h."
        raise Refusal("invalid_field", errors=(FieldError("/window", detail),))
    return timedelta(seconds=seconds)


def latency_of(row: asyncpg.Record) -> Latency:
    """From the three intervals of a row's `took`; null where nothing was scored."""
    took = cast(list[timedelta | None] | None, row["took"]) or [None] * 3
    return Latency(*(None if value is None else round(value / _MILLISECOND, 3) for value in took))


def summary(row: asyncpg.Record, window: timedelta, lag: Lag | None) -> Metrics:
    """From the one row of `statements.METRICS`."""
    outcomes = counts(row["outcomes"])
    sources, decisions = counts(row["sources"]), counts(row["decisions"])
    return Metrics(
        Window(int(window.total_seconds()), row["since"], row["until"]),
        Counts(
            row["accepted"],
            *(outcomes.get(name, 0) for name in ("scored", "duplicate", "rejected", "pending")),
        ),
        {name: sources.get(name, 0) for name in ("rest", "kafka", "replay")},
        {name: decisions.get(name, 0) for name in ("approve", "review", "decline")},
        latency_of(row),
        lag,
        _reported(counts(row["reports"])),
        [ModelShare(version, scored) for version, scored in sorted(counts(row["versions"]).items())],
    )


def _reported(found: dict[str, int]) -> Reported:
    flagged, frauds, caught = found["flagged"], found["frauds"], found["caught"]
    return Reported(
        found["reports"],
        frauds,
        round(caught / flagged, 4) if flagged else None,
        round(caught / frauds, 4) if frauds else None,
    )


def counts(text: str | None) -> dict[str, int]:
    """A JSON object of counts, as PostgreSQL aggregates it; null is empty."""
    return _counts.decode(text) if text else {}
