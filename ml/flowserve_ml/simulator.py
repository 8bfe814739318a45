"""Simulated transactions with known frauds: one call, one seed, arrays in time order."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.definitions import DAY_SECONDS, LABEL_DELAY_SECONDS
from flowserve_ml.features.stream import Log
from flowserve_ml.simulation.change import drifted, joined
from flowserve_ml.simulation.frauds import GENUINE, commit_frauds
from flowserve_ml.simulation.genuine import draw_cents, draw_times
from flowserve_ml.simulation.population import draw_mean_amounts, draw_population
from flowserve_ml.simulation.recipe import Recipe

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Truth:
    """What only a simulation knows: its recipe and each customer's true mean amount, major units."""

    recipe: Recipe
    mean_amounts: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transactions:
    """Parallel arrays of shape (n,) in log order: seconds since 1970 (UTC), numbers of customer and terminal,
    cents of the base currency, and the fraud scenario (0 genuine, see `simulation.frauds`).

    `reported` says when each fraud was reported; without it, all of them were when their label fell due."""

    times: npt.NDArray[np.int64]
    customers: npt.NDArray[np.int32]
    terminals: npt.NDArray[np.int32]
    cents: npt.NDArray[np.int64]
    scenario: npt.NDArray[np.int8]
    reported: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.times)

    @property
    def is_fraud(self) -> npt.NDArray[np.bool_]:
        """Whether each transaction is a fraud, by any scenario."""
        frauds: npt.NDArray[np.bool_] = self.scenario != GENUINE
        return frauds

    @property
    def log(self) -> Log:
        """What the folds need: a fraud that was reported too late is genuine to its terminal."""
        frauds = self.is_fraud
        if self.reported is not None:
            frauds = frauds & (self.reported <= self.times + LABEL_DELAY_SECONDS)
        return Log(self.times, self.customers, self.terminals, self.cents, frauds)

    @property
    def first_day(self) -> int:
        """The day of the earliest transaction, counted from 1970-01-01 (UTC)."""
        return int(self.times.min()) // DAY_SECONDS

    @property
    def days(self) -> npt.NDArray[np.int64]:
        """The day of each transaction, counted from the first day."""
        days: npt.NDArray[np.int64] = self.times // DAY_SECONDS - self.first_day
        return days

    @property
    def day_count(self) -> int:
        """How many days there are, from the first to the last."""
        return int(self.days.max()) + 1


def simulate(recipe: Recipe, start: date, seed: int) -> Transactions:
    """All transactions of `recipe.days` days from `start` (UTC); the same arguments give the same arrays."""
    rng = np.random.default_rng(seed)
    population = draw_population(recipe, rng)
    times, customers = draw_times(population, recipe.days, rng)
    if recipe.newcomers:
        there = joined(times, customers, recipe, seed)
        times, customers = times[there], customers[there]
    terminals = population.choose_terminals(customers, rng)
    cents = draw_cents(population, customers, rng)
    if recipe.drift_per_month:
        cents = drifted(cents, times, recipe)
    scenario = commit_frauds(times, customers, terminals, cents, recipe, rng)
    first_second = (start - _EPOCH).days * DAY_SECONDS
    return Transactions(times + first_second, customers, terminals, cents, scenario)


def truth_of(recipe: Recipe, seed: int) -> Truth:
    """The truth behind `simulate` with the same recipe and seed."""
    return Truth(recipe, draw_mean_amounts(recipe, np.random.default_rng(seed)))
