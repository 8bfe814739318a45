"""What is remembered of one terminal: its latest genuine transaction and the frauds after it.

Rows come from `terminal-history` live and from `stream` in batch, in any order and as often as they like.
"""

from bisect import bisect_left
from collections.abc import Sequence
from struct import Struct
from typing import Final

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.definitions import (
    DAY_SECONDS,
    HORIZON_SECONDS,
    MATURITY_SECONDS,
    MAX_REMEMBERED_ROWS,
    ORDINARY_AMOUNT,
    ORDINARY_RATIO,
    SLACK_SECONDS,
)

_NEVER: Final = -(2**62)
_HORIZON_DAYS: Final = HORIZON_SECONDS / DAY_SECONDS

UNSEEN_TERMINAL: Final = (-1.0, -1.0, 0.0, _HORIZON_DAYS)
"""TERMINAL_FEATURES of a terminal of which nothing is remembered."""

# A row is one integer: time, kind, source. It sorts by time; within a second genuine comes after fraud.
_TIME_SHIFT: Final = 66
_KIND_SHIFT: Final = 64
_UNUSUAL, _ORDINARY, _GENUINE = range(3)

_PACKED: Final = Struct("<qqIII")  # floor, genuine, ordinaries, rows of the run, recent rows
_ROW_BYTES: Final = 16


def ordinary(ratio: float, cents: int) -> bool:
    """Whether a transaction of this `customer_ratio` and amount would look ordinary without its label."""
    return ratio < ORDINARY_RATIO and cents <= ORDINARY_AMOUNT * 100


def ordinaries(ratios: npt.NDArray[np.float64], cents: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """`ordinary` of each, for a whole log at once; a test holds the two together."""
    found: npt.NDArray[np.bool_] = (ratios < ORDINARY_RATIO) & (cents <= ORDINARY_AMOUNT * 100)
    return found


class TerminalHistory:
    """Matured rows of one terminal, folded: the state depends on the rows and the latest `settle` only.

    A row is a fact: whenever its source comes again, it carries the same time and label. So a repeat needs no
    list of seen sources. A genuine row twice moves nothing; a fraud at or before the latest genuine row, or
    beyond the horizon, is ignored by its time; any other fraud is still here and is recognised by its source.
    """

    __slots__ = ("floor", "genuine", "ordinaries", "recent", "run")

    def __init__(self) -> None:
        self.floor = _NEVER  # nobody asks for an earlier t any more
        self.genuine = _NEVER
        self.run: tuple[int, ...] = ()  # frauds later than `genuine`, folded; sorted
        self.ordinaries = 0  # how many of them are ordinary
        # Rows that some t from `floor` on may not see yet; sorted. A rebuild adds all of them before it
        # settles any, so that a copy for each would cost the square of their number.
        self.recent: list[int] = []

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TerminalHistory):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # mutable

    @property
    def empty(self) -> bool:
        """Whether nothing is remembered, so that the terminal may be dropped after `settle`."""
        return self.genuine == _NEVER and not self.run and not self.recent

    def add(self, t: int, fraud: bool, ordinary: bool, source: int) -> None:
        """Add the row of a transaction at second `t` whose label is due.

        `source` is its partition and offset in one integer from 0 to 2**64 - 1.
        """
        floor = self.floor
        if t <= floor - HORIZON_SECONDS:
            return
        kind = (_ORDINARY if ordinary else _UNUSUAL) if fraud else _GENUINE
        row = t << _TIME_SHIFT | kind << _KIND_SHIFT | source
        if t <= floor - MATURITY_SECONDS:
            self._fold(row)
        else:
            _insert(self.recent, row)

    def view(self, t: int) -> tuple[float, ...]:
        """TERMINAL_FEATURES as of second `t`, from rows in (t - HORIZON_SECONDS, t - MATURITY_SECONDS].

        A `t` before the latest `settle` (its mark - SLACK_SECONDS) gets the view as of then.
        """
        if t < self.floor:
            t = self.floor
        if self.recent:
            genuine, run, ordinaries = self._as_of(t)
        else:
            genuine, run, ordinaries = self.genuine, self.run, self.ordinaries
        forgotten = t - HORIZON_SECONDS
        since = (t - genuine) / DAY_SECONDS if genuine > forgotten else _HORIZON_DAYS
        if run and run[0] >> _TIME_SHIFT <= forgotten:
            run = run[_first_after(run, forgotten) :]
            ordinaries = _count_ordinary(run)
        if run:
            return 1.0, (t - (run[0] >> _TIME_SHIFT)) / DAY_SECONDS, float(ordinaries), since
        return (0.0 if genuine > forgotten else -1.0), -1.0, 0.0, since

    def settle(self, mark: int) -> None:
        """Fold for good what every `t` from `mark` - SLACK_SECONDS on sees, and forget what none sees."""
        floor = mark - SLACK_SECONDS
        if floor <= self.floor:
            return
        self.floor = floor
        recent = self.recent
        if recent and recent[0] >> _TIME_SHIFT <= floor - MATURITY_SECONDS:
            end = _first_after(recent, floor - MATURITY_SECONDS)
            self.recent = recent[end:]
            for row in recent[:end]:
                self._fold(row)
        forgotten = floor - HORIZON_SECONDS
        if self.genuine <= forgotten:
            self.genuine = _NEVER
        if self.run and self.run[0] >> _TIME_SHIFT <= forgotten:
            self._keep(self.run[_first_after(self.run, forgotten) :])

    def pack(self) -> bytes:
        """Everything in 28 bytes and 16 for each row, for `unpack`."""
        head = _PACKED.pack(self.floor, self.genuine, self.ordinaries, len(self.run), len(self.recent))
        rows = (*self.run, *self.recent)
        return head + b"".join([row.to_bytes(_ROW_BYTES, "little", signed=True) for row in rows])

    @classmethod
    def unpack(cls, packed: bytes) -> "TerminalHistory":
        """A history of its own from what `pack` gave."""
        history = cls.__new__(cls)
        history.floor, history.genuine, history.ordinaries, run, recent = _PACKED.unpack_from(packed)
        places = range(_PACKED.size, _PACKED.size + (run + recent) * _ROW_BYTES, _ROW_BYTES)
        rows = [int.from_bytes(packed[place : place + _ROW_BYTES], "little", signed=True) for place in places]
        history.run, history.recent = tuple(rows[:run]), rows[run:]
        return history

    def _fold(self, row: int) -> None:
        t = row >> _TIME_SHIFT
        if t <= self.genuine:
            return
        if _kind(row) == _GENUINE:
            self.genuine = t
            if self.run:
                self._keep(self.run[_first_after(self.run, t) :])
            return
        run = _with(self.run, row)
        if run is self.run:
            return
        excess = max(0, len(run) - MAX_REMEMBERED_ROWS)
        self.ordinaries += _count_ordinary((row,)) - _count_ordinary(run[:excess])
        self.run = run[excess:]

    def _keep(self, run: tuple[int, ...]) -> None:
        self.run = run
        self.ordinaries = _count_ordinary(run)

    def _as_of(self, t: int) -> tuple[int, tuple[int, ...], int]:
        """Latest genuine time, run and its ordinary frauds with the recent rows that are matured at `t`."""
        recent = self.recent
        end = start = _first_after(recent, t - MATURITY_SECONDS)
        if end and _kind(recent[end - 1]) == _GENUINE:
            return recent[end - 1] >> _TIME_SHIFT, (), 0
        while start and _kind(recent[start - 1]) != _GENUINE:
            start -= 1
        frauds = tuple(recent[start:end])
        if not start and not frauds:
            return self.genuine, self.run, self.ordinaries
        genuine = recent[start - 1] >> _TIME_SHIFT if start else self.genuine
        run = frauds if start else self.run + frauds
        excess = max(0, len(run) - MAX_REMEMBERED_ROWS)
        ordinaries = _count_ordinary(frauds) - _count_ordinary(run[:excess])
        return genuine, run[excess:], ordinaries if start else ordinaries + self.ordinaries


def _kind(row: int) -> int:
    return row >> _KIND_SHIFT & 3


def _first_after(rows: Sequence[int], t: int) -> int:
    return bisect_left(rows, t + 1 << _TIME_SHIFT)


def _insert(rows: list[int], row: int) -> None:
    place = bisect_left(rows, row)
    if place == len(rows) or rows[place] != row:
        rows.insert(place, row)


def _with(rows: tuple[int, ...], row: int) -> tuple[int, ...]:
    place = bisect_left(rows, row)
    if place < len(rows) and rows[place] == row:
        return rows
    return (*rows[:place], row, *rows[place:])


def _count_ordinary(rows: tuple[int, ...]) -> int:
    if not rows:
        return 0
    return sum(1 for row in rows if _kind(row) == _ORDINARY)
