"""How a population changes over the months of a simulation: customers join, amounts grow or shrink."""

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.definitions import DAY_SECONDS
from flowserve_ml.simulation.recipe import Recipe

_MONTH_DAYS = 30


def joined(
    times: npt.NDArray[np.int64], customers: npt.NDArray[np.int32], recipe: Recipe, seed: int
) -> npt.NDArray[np.bool_]:
    """Which rows lie after their customer joined: `recipe.newcomers` of them join at a random time, the
    others are there from the start. `times` are seconds since the first day."""
    rng = np.random.default_rng([seed, 3])
    new = rng.random(recipe.customers) < recipe.newcomers
    since = new * rng.integers(0, recipe.days * DAY_SECONDS, recipe.customers)
    there: npt.NDArray[np.bool_] = times >= since[customers]
    return there


def drifted(
    cents: npt.NDArray[np.int64], times: npt.NDArray[np.int64], recipe: Recipe
) -> npt.NDArray[np.int64]:
    """The amounts after growing by `recipe.drift_per_month` a month, compounded; at least one cent."""
    months = times / (_MONTH_DAYS * DAY_SECONDS)
    return np.maximum(np.rint(cents * (1 + recipe.drift_per_month) ** months), 1).astype(np.int64)
