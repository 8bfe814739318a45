"""How fast the light core is in one thread: `python benchmarks/light_core.py`.

Rates are per second of processor time, so that other work on the machine disturbs them less.
"""

import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import FEATURES, HORIZON_SECONDS, MATURITY_SECONDS
from flowserve_ml.features.stream import feature_rows
from flowserve_ml.features.terminal import TerminalHistory, ordinary
from flowserve_ml.features.vector import feature_row
from flowserve_ml.runtime import Model
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import Transactions, simulate
from flowserve_ml.store import current_folder

MODELS = Path(__file__).parent.parent / "models"
Event = tuple[int, int, int, int]


def main() -> None:
    transactions = simulate(Recipe(days=70), date(2026, 4, 1), seed=1)
    count = len(transactions)
    print(f"{count:,} transactions of 70 days, {len(FEATURES)} features each")
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
    riskiest = matrix[np.argsort(model.score(matrix))[-5_000:]].tolist()
    _say("declines explained", 5_000, lambda: [model.explain(row, "decline") for row in riskiest])


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
        later = 30 * 86_400
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
        arrays = [
            sum(sys.getsizeof(column) for column in (one.times, one.totals, one.ratios, one.anomaly_times))
            for one in self._customers
        ]
        remembered = sum(len(one) for one in self._customers)
        print(f"  per remembered transaction: {sum(arrays) / remembered:.1f} bytes in its customer's arrays")
        print(f"  per customer: {np.mean(arrays) + sys.getsizeof(self._customers[0]):.0f} bytes on average")
        sizes = [
            sys.getsizeof(one)
            + 2 * 32
            + sum(sys.getsizeof(rows) for rows in (one.run, one.recent) if rows)
            + sum(sys.getsizeof(row) for row in (*one.run, *one.recent))
            for one in self._terminals
        ]
        print(f"  per terminal: {np.mean(sizes):.0f} bytes on average, {max(sizes)} at most")


def _say(what: str, count: int, work: Callable[[], object]) -> None:
    start = time.process_time()
    work()
    seconds = time.process_time() - start
    print(f"{what}: {count / seconds:,.0f} per second, {seconds / count * 1e6:.2f} µs each", flush=True)


if __name__ == "__main__":
    main()
