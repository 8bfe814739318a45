"""What each part is doing and since when: the state behind the progress display, without any output."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic


class State(StrEnum):
    WAITING = "waiting"
    DOWNLOADING = "downloading"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass
class Row:
    """One part. `since` is when it left `waiting`, `until` when it became ready or failed (seconds)."""

    name: str
    state: State = State.WAITING
    note: str = ""
    since: float | None = None
    until: float | None = None

    def seconds(self, now: float) -> float:
        """How long it has been worked on, or was until it was ready."""
        return 0.0 if self.since is None else (now if self.until is None else self.until) - self.since


class Board:
    """Rows in the order in which the parts were announced."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._rows: dict[str, Row] = {}

    @property
    def rows(self) -> list[Row]:
        return list(self._rows.values())

    def change(self, name: str, state: State, note: str = "") -> bool:
        """Returns whether the state is another one than before (a new note alone is not)."""
        row = self._rows.setdefault(name, Row(name))
        changed = row.state is not state or row.since is None
        now = self._clock()
        if state is not State.WAITING and row.since is None:
            row.since = now
        row.until = now if state in (State.READY, State.FAILED) else None
        row.state, row.note = state, note
        return changed

    def line(self, name: str) -> str:
        """The part in one line of plain text."""
        row = self._rows[name]
        time = f" after {row.seconds(self._clock()):.1f} s" if row.until is not None else ""
        note = f" ({row.note})" if row.note else ""
        return f"{name}: {row.state}{time}{note}"
