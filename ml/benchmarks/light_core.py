"""How fast the light core is in one thread: `python benchmarks/light_core.py`."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import DAY_SECONDS, FEATURES, HORIZON_SECONDS
from flowserve_ml.features.vector import feature_row
from flowserve_ml.reasons import explain
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder

EVENTS, CUSTOMERS, ROWS_PER_DAY = 300_000, 100, 2
MODELS = Path(__file__).parent.parent / "models"
Event = tuple[int, int, int]


def main() -> None:
    events = _events()
    histories = [CustomerHistory() for _ in range(CUSTOMERS)]
    rows = []

    def fold() -> None:
        for customer, t, cents in events:
            history = histories[customer]
            history.forget(t - HORIZON_SECONDS)
            rows.append(feature_row(history, t, cents))

    def restore() -> None:
        rebuilt = [CustomerHistory() for _ in range(CUSTOMERS)]
        for customer, t, cents in events:
            history = rebuilt[customer]
            history.forget(t - HORIZON_SECONDS)
            history.restore(t, cents, 1.0, 50.0, 1)

    _say("feature rows folded", EVENTS, fold)
    print(f"  rows remembered per customer: {np.mean([len(history) for history in histories]):.0f}")
    _say("events restored", EVENTS, restore)
    _say("histories copied", 100 * CUSTOMERS, lambda: [history.copy() for history in histories * 100])
    _say("rows made a matrix", EVENTS, lambda: np.array(rows))
    matrix, model = np.array(rows), Model.load(current_folder(MODELS))
    for batch in (1, 32, 512):
        count = min(EVENTS, 20_000 * batch) // batch * batch
        parts = [matrix[start : start + batch] for start in range(0, count, batch)]
        _say(f"rows scored, {batch} at a time", count, lambda: [model.score(part) for part in parts])  # noqa: B023
    _say("declines explained", 20_000, lambda: [explain(row, "decline") for row in rows[:20_000]])
    print(f"features: {len(FEATURES)}, model: {model.manifest.version}")


def _events() -> list[Event]:
    rng, t = random.Random(1), 1_790_000_000
    step = 2 * DAY_SECONDS // (ROWS_PER_DAY * CUSTOMERS)
    events = []
    for _ in range(EVENTS):
        t += rng.randrange(step)
        events.append((rng.randrange(CUSTOMERS), t, rng.randrange(100, 20_000)))
    return events


def _say(what: str, count: int, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(f"{what}: {count / seconds:,.0f} per second, {seconds / count * 1e6:.2f} µs each")


if __name__ == "__main__":
    main()
