"""Feature rows of a whole log, by the very folds that serve live: for training, warm-up and judging.

Customers do not know of each other and terminals neither, so each is folded from its first row to its last
before the next one begins: the same rows as in log order, and faster, as state stays in the cache.
"""

import io
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO, TypeVar

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import (
    CUSTOMER_FEATURES,
    HORIZON_SECONDS,
    MATURITY_SECONDS,
    TERMINAL_FEATURES,
    TRANSACTION_FEATURES,
)
from flowserve_ml.features.terminal import TerminalHistory, ordinary
from flowserve_ml.features.transaction import transaction_features

Rows = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Seconds = npt.NDArray[np.int64]
Advance = Callable[[int], None]
_Any = TypeVar("_Any", bound=np.generic)


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
    stream = stream or io.StringIO()
    marks: Seconds = np.maximum.accumulate(log.times)
    known, plain = _customer_rows(log, marks, advance)
    print(f"features: {len(known):,} rows folded by customer", file=stream, flush=True)
    learned = terminal_rows(log, plain, advance=advance)
    print(f"features: {len(known):,} rows folded by terminal", file=stream, flush=True)
    return np.hstack([known, learned])


def _customer_rows(log: Log, marks: Seconds, advance: Advance) -> tuple[Rows, Flags]:
    """Features of transaction and customer, and which transactions are ordinary; in log order."""
    order, parts = _groups(log.customers)
    times, cents, seen = log.times[order], log.cents[order], marks[order]
    values, plain = array("d"), bytearray()
    for part in parts:
        history = CustomerHistory()
        columns = (times[part].tolist(), cents[part].tolist(), seen[part].tolist())
        for t, amount, mark in zip(*columns, strict=True):
            history.forget(mark - HORIZON_SECONDS)
            values.extend(transaction_features(t, amount))
            values.extend(history.observe(t, amount))
            plain.append(ordinary(history.last_ratio, amount))
        advance(part.stop - part.start)
    rows = np.frombuffer(values).reshape(-1, len(TRANSACTION_FEATURES) + len(CUSTOMER_FEATURES))
    return _in_log_order(rows, order), _in_log_order(np.frombuffer(plain, dtype=np.bool_), order)


def terminal_rows(log: Log, plain: Flags, head_start: int = 0, advance: Advance = _nobody) -> Rows:
    """TERMINAL_FEATURES in log order, shape (n, 4); `plain` says which transactions are ordinary.

    A row's number in the log is its source. `head_start` lets terminals learn that many seconds too early:
    for leak checks only.
    """
    marks: Seconds = np.maximum.accumulate(log.times)
    order, parts = _groups(log.terminals)
    times, seen = log.times[order], marks[order] + head_start
    frauds, ordinaries = log.due_frauds[order], plain[order]
    values = array("d")
    for part in parts:
        columns = (column[part].tolist() for column in (times, frauds, ordinaries, order))
        events = list(zip(*columns, strict=True))
        for view in _terminal_views(events, seen[part].tolist(), head_start):
            values.extend(view)
        advance(len(events))
    return _in_log_order(np.frombuffer(values).reshape(-1, len(TERMINAL_FEATURES)), order)


def _terminal_views(
    events: list[tuple[int, bool, bool, int]], marks: list[int], head_start: int
) -> Iterator[tuple[float, ...]]:
    """TERMINAL_FEATURES of every event of one terminal, each in the form of `TerminalHistory.add`."""
    history = TerminalHistory()
    waiting = 0
    for place, (event, mark) in enumerate(zip(events, marks, strict=True)):
        t = event[0] + head_start
        while waiting < place and marks[waiting] - head_start <= mark - MATURITY_SECONDS:
            history.add(*events[waiting])
            waiting += 1
        history.settle(mark)
        yield history.view(t)
        if t < mark:  # its mark is ahead of its time: the terminal must know it before that has matured
            history.add(*event)


def _groups(owners: npt.NDArray[np.int32]) -> tuple[Numbers, list[slice]]:
    """Row numbers by owner, in log order within each, and where each owner's rows lie among them."""
    order = np.argsort(owners, kind="stable")
    starts = np.flatnonzero(np.diff(owners[order], prepend=-1)).tolist()
    return order, [slice(*ends) for ends in zip(starts, [*starts[1:], len(order)], strict=True)]


def _in_log_order(grouped: npt.NDArray[_Any], order: Numbers) -> npt.NDArray[_Any]:
    result = np.empty_like(grouped)
    result[order] = grouped
    return result
