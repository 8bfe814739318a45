"""Genuine transactions of a population, before anything bad happens; `frauds` comes next."""

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.definitions import DAY_SECONDS
from flowserve_ml.simulation.population import Population

_NOON = DAY_SECONDS / 2
_SPREAD_SECONDS = 20_000.0


def draw_times(
    population: Population, days: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Seconds since the first day and customers, in time order.

    A Poisson count per customer and day; times of day are normal around noon, those outside
    the day fall away.
    """
    counts = rng.poisson(population.daily_rate[:, None], (len(population.daily_rate), days))
    customers = np.repeat(np.arange(len(counts), dtype=np.int32), counts.sum(axis=1))
    day = np.repeat(np.tile(np.arange(days), len(counts)), counts.ravel())
    second = np.trunc(rng.normal(_NOON, _SPREAD_SECONDS, len(day))).astype(np.int64)
    inside = (second > 0) & (second < DAY_SECONDS)
    times = day[inside] * DAY_SECONDS + second[inside]
    order = np.argsort(times, kind="stable")
    return times[order], customers[inside][order]


def draw_cents(
    population: Population, customers: npt.NDArray[np.int32], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Amounts in cents: normal around the customer's mean m with spread m / 2; a negative one is redrawn
    uniformly from 0 to 2 m. At least one cent."""
    mean = population.mean_amount[customers]
    amount = rng.normal(mean, mean / 2)
    negative = amount < 0
    amount[negative] = rng.uniform(0, 2 * mean[negative])
    return np.maximum(np.rint(amount * 100), 1).astype(np.int64)
