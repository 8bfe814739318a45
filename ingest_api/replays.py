"""A replay as the API shows it: its state, how far it is, and what became of its transactions."""

import re
from typing import Any

import asyncpg
import msgspec

from schemas.problems import Refusal

_RUN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class ReplayProgress(msgspec.Struct, frozen=True):
    """Transactions that are done, of all; `share` between 0 and 1."""

    done: int
    transactions: int
    share: float


class ReplayCounts(msgspec.Struct, frozen=True):
    """The outcomes so far."""

    scored: int
    duplicate: int
    rejected: int


class Replay(msgspec.Struct, frozen=True):
    """One run. `finished_at` is null unless it is finished, `message` says why it stopped."""

    run_id: str
    source: str
    model_version: str
    state: str
    progress: ReplayProgress
    counts: ReplayCounts
    started_at: Any
    updated_at: Any
    finished_at: Any
    message: str | None


class ReplayPage(msgspec.Struct, frozen=True):
    """The run that started last comes first."""

    data: list[Replay]
    has_more: bool
    next_cursor: str | None


class Change(msgspec.Struct, frozen=True):
    """Transactions that were decided `live` so and by the `run` so; `live` is null where they were not live.

    frauds: how many of them the run's input labels so. score_shift: mean of run minus live.
    """

    live: str | None
    run: str
    transactions: int
    frauds: int
    score_shift: float | None


class Comparison(msgspec.Struct, frozen=True):
    """A run's decisions against the live ones on the same transactions."""

    run_id: str
    changes: list[Change]


def comparison_of(run_id: str, rows: list[asyncpg.Record]) -> Comparison:
    """From the rows of `statements.COMPARISON`."""
    return Comparison(run_id, [Change(*row.values()) for row in rows])


def replay_of(row: asyncpg.Record) -> Replay:
    """From a row of `statements.REPLAYS`."""
    done, transactions = row["done"], row["transactions"]
    return Replay(
        row["run_id"],
        row["source"],
        row["model_version"],
        row["state"],
        ReplayProgress(done, transactions, round(done / transactions, 4) if transactions else 1.0),
        ReplayCounts(row["scored"], row["duplicate"], row["rejected"]),
        row["started_at"],
        row["updated_at"],
        row["finished_at"],
        row["message"],
    )


def check_run_id(run_id: str) -> None:
    """Raises Refusal not_found for what no run can be called."""
    if not _RUN_ID.fullmatch(run_id):
        raise unknown_run()


def unknown_run() -> Refusal:
    """Also for the run of another client: whether there is one is not for others to know."""
    return Refusal("not_found", "There is no replay of this run_id; GET /api/v1/replays lists yours.")
