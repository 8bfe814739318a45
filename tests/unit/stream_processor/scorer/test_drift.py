"""Windows of drift: whole hours of broker time, never of few rows, and of one model only."""

import numpy as np
import numpy.typing as npt

from flowserve_ml.drift import BASELINE, Baseline, baseline
from flowserve_ml.features.definitions import FEATURES
from stream_processor.scorer.drift import Drift

HOUR_MS = 3_600_000
AMOUNT = FEATURES.index("amount")


def rows(count: int, seed: int, times: float = 1) -> npt.NDArray[np.float64]:
    found = np.random.default_rng(seed).exponential(50.0, (count, len(FEATURES)))
    found[:, AMOUNT] *= times
    return found


def known(seed: int = 1) -> Baseline:
    found = Baseline.of({BASELINE: baseline(rows(20_000, seed))})
    assert found is not None
    return found


async def test_an_hour_is_told_of_when_the_next_one_has_begun() -> None:
    made = known()
    drift = Drift(lambda: made)
    for _ in range(4):
        drift.note(rows(500, 2, times=100), 7 * HOUR_MS)
        await drift.count()
    assert drift.psi is None
    drift.note(rows(1, 3), 8 * HOUR_MS)
    await drift.count()
    assert drift.psi is not None
    assert drift.psi["amount"] > 0.25 > drift.psi["customer_ratio"]
    assert drift.rows == 2_000


async def test_an_hour_with_few_rows_goes_on() -> None:
    made = known()
    drift = Drift(lambda: made)
    for hour in (1, 2, 3):
        drift.note(rows(400, hour), hour * HOUR_MS)
        await drift.count()
    assert drift.psi is None
    drift.note(rows(1, 4), 4 * HOUR_MS)
    await drift.count()
    assert drift.rows == 1_200


async def test_what_comes_late_belongs_to_the_window_that_is_open() -> None:
    made = known()
    drift = Drift(lambda: made)
    drift.note(rows(1_000, 1), 5 * HOUR_MS)
    drift.note(rows(100, 2), 4 * HOUR_MS)
    drift.note(rows(1, 3), 6 * HOUR_MS)
    await drift.count()
    assert drift.rows == 1_100


async def test_more_rows_than_tell_something_are_left_out() -> None:
    made = known()
    drift = Drift(lambda: made)
    for seed in range(20):
        drift.note(rows(400, seed), HOUR_MS)
    drift.note(rows(400, 21), 2 * HOUR_MS)
    await drift.count()
    drift.note(rows(400, 22), 2 * HOUR_MS)
    await drift.count()
    assert drift.rows == 5_000


async def test_another_model_begins_anew() -> None:
    models = [known(1)]
    drift = Drift(lambda: models[-1])
    drift.note(rows(2_000, 1), HOUR_MS)
    drift.note(rows(1, 1), 2 * HOUR_MS)
    await drift.count()
    assert drift.psi is not None
    models.append(known(2))
    drift.note(rows(2_000, 1), 3 * HOUR_MS)
    await drift.count()
    assert drift.psi is None
    drift.note(rows(1, 1), 4 * HOUR_MS)
    await drift.count()
    assert drift.rows == 2_000


async def test_a_model_without_a_baseline_tells_nothing() -> None:
    drift = Drift(lambda: None)
    drift.note(rows(2_000, 1), HOUR_MS)
    drift.note(None, HOUR_MS)
    await drift.count()
    drift.note(rows(2_000, 1), 2 * HOUR_MS)
    await drift.count()
    assert (drift.psi, drift.rows) == (None, None)
