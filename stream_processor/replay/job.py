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
    into_live: bool = False
