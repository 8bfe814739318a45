"""Who pays where: customers with their habits and the terminals within their reach."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowserve_ml.simulation.recipe import Recipe

_CHUNK = 500  # customers at a time: bounds the table of distances to 500 x terminals


@dataclass(frozen=True, slots=True)
class Population:
    """Habits of each customer; `near` holds the terminals of customer c in [starts[c], starts[c + 1])."""

    mean_amount: npt.NDArray[np.float64]
    daily_rate: npt.NDArray[np.float64]
    near: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]

    def choose_terminals(
        self, customers: npt.NDArray[np.int32], rng: np.random.Generator
    ) -> npt.NDArray[np.int32]:
        """One of the near terminals for every entry of `customers`, all equally likely."""
        start = self.starts[customers]
        choices = self.starts[customers + 1] - start
        chosen: npt.NDArray[np.int32] = self.near[start + rng.integers(0, choices)]
        return chosen


def draw_population(recipe: Recipe, rng: np.random.Generator) -> Population:
    """Customers and terminals uniform on the square; who has no terminal in reach uses the nearest."""
    customer_places, terminal_places, mean_amount = _draw(recipe, rng)
    daily_rate = rng.uniform(0, recipe.highest_daily_rate, recipe.customers)
    near, counts = _terminals_in_reach(customer_places, terminal_places, recipe.reach)
    starts = np.concatenate(([0], np.cumsum(counts)))
    return Population(mean_amount, daily_rate, near, starts)


def draw_mean_amounts(recipe: Recipe, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Those of `draw_population` from the same state of `rng`, without the work of finding terminals."""
    return _draw(recipe, rng)[2]


def _draw(
    recipe: Recipe, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Places of customers, places of terminals, mean amounts; the order of drawing belongs to the seed."""
    return (
        rng.uniform(0, recipe.side, (recipe.customers, 2)),
        rng.uniform(0, recipe.side, (recipe.terminals, 2)),
        rng.uniform(recipe.lowest_mean_amount, recipe.highest_mean_amount, recipe.customers),
    )


def _terminals_in_reach(
    customers: npt.NDArray[np.float64], terminals: npt.NDArray[np.float64], reach: float
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    near, counts = [], []
    for first in range(0, len(customers), _CHUNK):
        apart = customers[first : first + _CHUNK, None, :] - terminals[None, :, :]
        distance = np.einsum("ctd,ctd->ct", apart, apart)
        within = distance <= reach**2
        lonely = ~within.any(axis=1)
        within[lonely, distance[lonely].argmin(axis=1)] = True
        near.append(np.nonzero(within)[1].astype(np.int32))
        counts.append(within.sum(axis=1))
    return np.concatenate(near), np.concatenate(counts)
