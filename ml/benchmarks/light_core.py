"""How fast the light core is in one thread: `python benchmarks/light_core.py [DAYS]`, 70 days unless told.

Rates are per second of processor time, so that other work on the machine disturbs them less.
"""

import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import (
    DAY_SECONDS,
    FEATURES,
    HORIZON_SECONDS,
    MATURITY_SECONDS,
    MAX_REMEMBERED_ROWS,
)
from flowserve_ml.features.stream import feature_rows
from flowserve_ml.features.terminal import TerminalHistory, ordinary
from flowserve_ml.features.vector import feature_row
from flowserve_ml.runtime import Model
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import Transactions, simulate
from flowserve_ml.store import current_folder

MODELS = Path(__file__).parent.parent / "models"
_START = 1_790_000_000
Event = tuple[int, int, int, int]


def main(days: int) -> None:
    transactions = simulate(Recipe(days=days), date(2026, 4, 1), seed=1)
    count = len(transactions)
    print(f"{count:,} transactions of {days} days, {len(FEATURES)} features each")
    _say("whole log folded", count, lambda: feature_rows(transactions.log))
    live = _Live(transactions)
    _say("one by one in log order, as live", count, live.fold)
    live.measure()
    matrix, model = feature_rows(transactions.log)[-100_000:], Model.load(current_folder(MODELS))
    for batch in (1, 32, 512):
        rows = min(len(matrix), 5_000 * batch) // batch * batch
        parts = [matrix[start : start + batch] for start in range(0, rows, batch)]
        _say(f"scored, {batch} at a time", rows, lambda: [model.score(part) for part in parts])  # noqa: B023
    for batch in (1, 512):
        rows = 4_000 if batch == 1 else 102_400
        _say(f"features and score, {batch} at a time", rows, lambda: live.serve(model, rows, batch))  # noqa: B023
    riskiest = matrix[np.argsort(model.score(matrix))[-5_000:]]
    for batch in (1, 32):
        parts = [riskiest[start : start + batch] for start in range(0, 5_000 // batch * batch, batch)]
        count = len(parts) * batch
        _say(
            f"declines explained, {batch} at a time",
            count,
            lambda: [model.explain(part, ["decline"] * batch) for part in parts],  # noqa: B023
        )


class _Live:
    """Transactions one by one in log order, each followed by its matured row, as a scorer sees them."""

    def __init__(self, transactions: Transactions) -> None:
        columns = (transactions.times, transactions.customers, transactions.terminals, transactions.cents)
        self._events: list[Event] = list(zip(*(column.tolist() for column in columns), strict=True))
        self._frauds = transactions.is_fraud.tolist()
        self._customers = [CustomerHistory() for _ in range(int(transactions.customers.max()) + 1)]
        self._terminals = [TerminalHistory() for _ in range(int(transactions.terminals.max()) + 1)]
        self._ordinary = bytearray(len(self._events))
        self._matured = 0

    def fold(self) -> None:
        for number, event in enumerate(self._events):
            self._row(number, event)

    def serve(self, model: Model, count: int, batch: int) -> None:
        """Fold the last `count` transactions once more, some weeks later, and score them."""
        later = 30 * DAY_SECONDS
        first = len(self._events) - count
        for start in range(first, first + count, batch):
            numbers = range(start, min(start + batch, first + count))
            events = ((number, self._events[number]) for number in numbers)
            rows = [
                self._row(number, (t + later, customer, terminal, cents))
                for number, (t, customer, terminal, cents) in events
            ]
            model.score(np.array(rows))

    def _row(self, number: int, event: Event) -> tuple[float, ...]:
        t, customer, terminal, cents = event
        events, matured = self._events, self._matured
        while events[matured][0] <= t - MATURITY_SECONDS and matured < number:
            place = self._terminals[events[matured][2]]
            place.add(events[matured][0], self._frauds[matured], self._ordinary[matured] == 1, matured)
            matured += 1
        self._matured = matured
        history, place = self._customers[customer], self._terminals[terminal]
        history.forget(t - HORIZON_SECONDS)
        place.settle(t)
        row = feature_row(history, place.view(t), t, cents)
        self._ordinary[number] = ordinary(history.last_ratio, cents)
        return row

    def measure(self) -> None:
        """Print how much is remembered, in bytes."""
        rows = np.mean([len(one) for one in self._customers])
        active = _bytes_each(lambda: [CustomerHistory.unpack(one.pack())[0] for one in self._customers])
        print(f"  customer: idle {_bytes_each(_idle_customers):.0f} bytes, {active:.0f} on average here")
        print(f"    with {rows:.0f} remembered transactions")
        full = _bytes_each(_full_customers)
        print(f"    full: {full:,.0f} bytes, {full / MAX_REMEMBERED_ROWS:.1f} per remembered transaction")
        terminals = _bytes_each(lambda: [TerminalHistory.unpack(one.pack()) for one in self._terminals])
        print(f"  terminal: idle {_bytes_each(_idle_terminals):.0f} bytes, {terminals:.0f} on average here")
        full = _bytes_each(_full_terminals)
        print(f"    full: {full:,.0f} bytes, {full / MAX_REMEMBERED_ROWS:.1f} per remembered fraud")


def _idle_customers() -> list[CustomerHistory]:
    return [CustomerHistory() for _ in range(1_000)]


def _full_customers() -> list[CustomerHistory]:
    history = CustomerHistory()
    for number in range(MAX_REMEMBERED_ROWS + 1_000):
        history.observe(_START + 600 * number, 1_000 + number % 500)
    return [history]


def _idle_terminals() -> list[TerminalHistory]:
    return [TerminalHistory() for _ in range(1_000)]


def _full_terminals() -> list[TerminalHistory]:
    history = TerminalHistory()
    history.settle(_START + 30 * DAY_SECONDS)
    for number in range(MAX_REMEMBERED_ROWS + 1_000):
        history.add(_START + 60 * number, True, True, number)
    return [history]


def _bytes_each(make: Callable[[], Sequence[object]]) -> float:
    """Bytes that the Python allocator holds for each of the things made."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = make()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / len(made)


def _say(what: str, count: int, work: Callable[[], object]) -> None:
    start = time.process_time()
    work()
    seconds = time.process_time() - start
    print(f"{what}: {count / seconds:,.0f} per second, {seconds / count * 1e6:.2f} µs each", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 70)
