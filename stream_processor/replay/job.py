"""What a replay is asked for, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stream_processor.replay.plan import Plan

REQUESTS, ROWS = "requests", "rows"

Offsets = Mapping[int, tuple[int, int | None]]
"""By partition: the first offset and the one to stop before, None for the end."""


@dataclass(frozen=True)
class Job:
    """`source` is a file, ROWS or REQUESTS; `offsets` are for the latter.

    `columns` of the file by our names, `minor` whether its amounts are minor units. `models` are folders,
    none means the current one. Without `output` the results are stored; `into_live` warms the scorers.
    `as_json`: what was done is told to a program.
    """

    source: str
    columns: Mapping[str, str]
    minor: bool
    currency: str
    client_id: str
    plan: Plan
    models: tuple[Path, ...]
    output: Path | None
    store: bool
    run_id: str | None
    offsets: Offsets | None
    report: Path | None
    dry_run: bool
    into_live: bool
    as_json: bool


@dataclass(frozen=True)
class Done:
    """What one model's run came to. `scored` to `rejected` are None where nothing was scored.

    `to_fold` are transactions that only made the state; `refused` are rows of the input that are none.
    `remembered`: what a new installation was warmed with.
    """

    run_id: str
    model: str
    source: str
    client_id: str
    to_score: int
    to_fold: int
    refused: int
    scored: int | None = None
    duplicate: int | None = None
    rejected: int | None = None
    remembered: int | None = None
    output: Path | None = None
    stored: bool = False
