"""The three fraud scenarios, laid over genuine transactions in this order; a later one overwrites the label.

1 large amount: caught by a plain rule. 2 bad terminal: all its transactions are fraud for weeks, amounts
unchanged. 3 lost card: some transactions of the customer become several times
as large.
"""

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.definitions import DAY_SECONDS
from flowserve_ml.simulation.recipe import Recipe

GENUINE, LARGE_AMOUNT, BAD_TERMINAL, LOST_CARD, OTHER_FRAUD = range(5)
SCENARIO_NAMES = ("genuine", "large_amount", "bad_terminal", "lost_card", "other")
"""By code; `other` is a fraud that no simulation made."""


def commit_frauds(
    times: npt.NDArray[np.int64],
    customers: npt.NDArray[np.int32],
    terminals: npt.NDArray[np.int32],
    cents: npt.NDArray[np.int64],
    recipe: Recipe,
    rng: np.random.Generator,
) -> npt.NDArray[np.int8]:
    """The scenario of every transaction (0 genuine); multiplies `cents` of lost cards in place.

    `times` are ascending seconds since the first day.
    """
    scenario = np.where(cents > recipe.large_amount * 100, LARGE_AMOUNT, GENUINE).astype(np.int8)
    first_row = np.searchsorted(times, np.arange(recipe.days + 1) * DAY_SECONDS)
    for day in range(recipe.days):
        rows = _rows(first_row, day, recipe.bad_terminal_days)
        bad = rng.choice(recipe.terminals, recipe.bad_terminals_per_day, replace=False)
        scenario[rows][np.isin(terminals[rows], bad)] = BAD_TERMINAL
    for day in range(recipe.days):
        rows = _rows(first_row, day, recipe.lost_card_days)
        lost = rng.choice(recipe.customers, recipe.lost_cards_per_day, replace=False)
        pool = rows.start + np.nonzero(np.isin(customers[rows], lost))[0]
        taken = rng.choice(pool, len(pool) // recipe.lost_card_share, replace=False)
        cents[taken] *= recipe.lost_card_factor
        scenario[taken] = LOST_CARD
    return scenario


def _rows(first_row: npt.NDArray[np.int64], day: int, length: int) -> slice:
    end = min(day + length, len(first_row) - 1)
    return slice(int(first_row[day]), int(first_row[end]))
