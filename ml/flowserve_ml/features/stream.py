"""Feature rows of a log, by the very folds that serve live: for training, replays and judging.

Customers do not know of each other and terminals neither, so within a part of the log each is folded from
its first row to its last before the next one begins: the same rows as in log order, and faster, as state
stays in the cache. From part to part `Folding` keeps what is remembered, and nothing older.
"""

import io
from array import array
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO, TypeVar

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import (
    CUSTOMER_FEATURES,
    FEATURES,
    HORIZON_SECONDS,
    MATURITY_SECONDS,
    SLACK_SECONDS,
    TERMINAL_FEATURES,
)
from flowserve_ml.features.terminal import TerminalHistory, ordinaries
from flowserve_ml.features.transaction import transaction_rows

Rows = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Seconds = npt.NDArray[np.int64]
Advance = Callable[[int], None]
_Any = TypeVar("_Any", bound=np.generic)
_Event = tuple[int, bool, bool, int]
"""A transaction at a terminal, in the form of `TerminalHistory.add`."""

_NEVER = -(2**62)
_RATIO = CUSTOMER_FEATURES.index("customer_ratio")


@dataclass(frozen=True, slots=True)
class Log:
    """Parallel arrays of shape (n,) in log order: seconds since 1970 (UTC), numbers of customer and terminal
    from 0, cents of the base currency, and whether a report of fraud existed when the label fell due."""

    times: Seconds
    customers: npt.NDArray[np.int32]
    terminals: npt.NDArray[np.int32]
    cents: npt.NDArray[np.int64]
    due_frauds: Flags


def _nobody(rows: int) -> None:
    """Is told of progress where nobody waits for it."""


def feature_rows(log: Log, stream: TextIO | None = None, advance: Advance = _nobody) -> Rows:
    """Rows of shape (n, len(FEATURES)) in log order; what is done goes to `stream`.

    `advance` is told how many rows were folded, each of them twice: by its customer and by its terminal.
    A row reaches its terminal when the log's latest time has passed its maturity, or on arrival if it is
    later than that.
    """
    customers, terminals = (
        range(int(owners.max(initial=-1)) + 1) for owners in (log.customers, log.terminals)
    )
    return Folding().rows(log, customers, terminals, stream, advance)


def terminal_rows(log: Log, plain: Flags, head_start: int = 0) -> Rows:
    """TERMINAL_FEATURES in log order, shape (n, 4); `plain` says which transactions are ordinary.

    A row's number in the log is its source. `head_start` lets terminals learn that many seconds too early:
    for leak checks only.
    """
    marks: Seconds = np.maximum.accumulate(log.times)
    order, parts = _groups(log.terminals)
    events = _Events(log, marks + head_start, plain, order)
    values = array("d")
    for part in parts:
        for view in _Terminal().views(*events.of(part), head_start):
            values.extend(view)
    return _in_log_order(np.frombuffer(values).reshape(-1, len(TERMINAL_FEATURES)), order)


class Folding:
    """Folds a log part by part: every row is that of the whole log at once, to the last bit.

    It holds the customers and terminals of the last HORIZON_SECONDS: what is older has no part in any row.
    """

    def __init__(self) -> None:
        self._customers: defaultdict[Hashable, CustomerHistory] = defaultdict(CustomerHistory)
        self._terminals: defaultdict[Hashable, _Terminal] = defaultdict(_Terminal)
        self._mark = _NEVER
        self._rows = 0

    def __len__(self) -> int:
        """How many customers and terminals are remembered."""
        return len(self._customers) + len(self._terminals)

    def rows(
        self,
        log: Log,
        customers: Sequence[Hashable],
        terminals: Sequence[Hashable],
        stream: TextIO | None = None,
        advance: Advance = _nobody,
    ) -> Rows:
        """The rows of the log's next part, as `feature_rows` has them.

        A part numbers its customers and terminals as it likes; their names are the same in every part.
        """
        if not len(log.times):
            return np.empty((0, len(FEATURES)))
        stream = stream or io.StringIO()
        marks: Seconds = np.maximum(np.maximum.accumulate(log.times), self._mark)
        known = self._customer_rows(log, marks, customers, advance)
        print(f"features: {len(known):,} rows folded by customer", file=stream, flush=True)
        plain = ordinaries(known[:, _RATIO], log.cents)
        learned = self._terminal_rows(log, marks, plain, terminals, advance)
        print(f"features: {len(known):,} rows folded by terminal", file=stream, flush=True)
        self._rows += len(known)
        self._mark = int(marks[-1])
        return np.hstack([transaction_rows(log.times, log.cents), known, learned])

    def forget_idle(self) -> None:
        """Drops whom no coming row can tell from somebody new."""
        limit = self._mark - HORIZON_SECONDS
        gone = [name for name, history in self._customers.items() if history.last_time <= limit]
        for name in gone:
            del self._customers[name]
        limit -= SLACK_SECONDS
        idle = [name for name, terminal in self._terminals.items() if terminal.last_time <= limit]
        for name in idle:
            del self._terminals[name]

    def _customer_rows(self, log: Log, marks: Seconds, names: Sequence[Hashable], advance: Advance) -> Rows:
        order, parts = _groups(log.customers)
        columns = [column[order] for column in (log.times, log.cents, marks)]
        owners = log.customers[order].tolist()
        values = array("d")
        for part in parts:
            history = self._customers[names[owners[part.start]]]
            events = (column[part].tolist() for column in columns)
            for t, amount, mark in zip(*events, strict=True):
                history.forget(mark - HORIZON_SECONDS)
                values.extend(history.observe(t, amount))
            advance(part.stop - part.start)
        return _in_log_order(np.frombuffer(values).reshape(-1, len(CUSTOMER_FEATURES)), order)

    def _terminal_rows(
        self, log: Log, marks: Seconds, plain: Flags, names: Sequence[Hashable], advance: Advance
    ) -> Rows:
        order, parts = _groups(log.terminals)
        events = _Events(log, marks, plain, order, self._rows)
        owners = log.terminals[order].tolist()
        values = array("d")
        for part in parts:
            terminal = self._terminals[names[owners[part.start]]]
            for view in terminal.views(*events.of(part)):
                values.extend(view)
            advance(part.stop - part.start)
        return _in_log_order(np.frombuffer(values).reshape(-1, len(TERMINAL_FEATURES)), order)


class _Terminal:
    """A terminal and its transactions that have not matured, with the marks at which they came."""

    __slots__ = ("events", "history", "last_time", "marks")

    def __init__(self) -> None:
        self.history = TerminalHistory()
        self.events: list[_Event] = []
        self.marks: list[int] = []
        self.last_time = _NEVER

    def views(
        self, events: list[_Event], marks: list[int], head_start: int = 0
    ) -> Iterator[tuple[float, ...]]:
        """TERMINAL_FEATURES of every event."""
        history, waiting, first = self.history, 0, len(self.events)
        events, marks = self.events + events, self.marks + marks
        for place in range(first, len(events)):
            event, mark = events[place], marks[place]
            t = event[0] + head_start
            while waiting < place and marks[waiting] - head_start <= mark - MATURITY_SECONDS:
                history.add(*events[waiting])
                waiting += 1
            history.settle(mark)
            yield history.view(t)
            if t < mark:  # its mark is ahead of its time: the terminal must know it before that has matured
                history.add(*event)
            if event[0] > self.last_time:
                self.last_time = event[0]
        self.events, self.marks = events[waiting:], marks[waiting:]


class _Events:
    """The transactions of each terminal in a part of the log; `first` is the part's first number in all."""

    def __init__(self, log: Log, marks: Seconds, plain: Flags, order: Numbers, first: int = 0) -> None:
        self._columns = (log.times[order], log.due_frauds[order], plain[order], order + first)
        self._marks = marks[order]

    def of(self, part: slice) -> tuple[list[_Event], list[int]]:
        """And the marks at which they came."""
        columns = (column[part].tolist() for column in self._columns)
        return list(zip(*columns, strict=True)), self._marks[part].tolist()


def _groups(owners: npt.NDArray[np.int32]) -> tuple[Numbers, list[slice]]:
    """Row numbers by owner, in log order within each, and where each owner's rows lie among them."""
    order = np.argsort(owners, kind="stable")
    starts = np.flatnonzero(np.diff(owners[order], prepend=-1)).tolist()
    return order, [slice(*ends) for ends in zip(starts, [*starts[1:], len(order)], strict=True)]


def _in_log_order(grouped: npt.NDArray[_Any], order: Numbers) -> npt.NDArray[_Any]:
    result = np.empty_like(grouped)
    result[order] = grouped
    return result
