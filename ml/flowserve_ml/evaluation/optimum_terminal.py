"""P(the terminal is bad) in the simulation, from due labels alone: an exact forward filter, day by day."""

import numpy as np
import numpy.typing as npt

from flowserve_ml.evaluation.hidden_state import clean, next_day, weigh
from flowserve_ml.features.definitions import DAY_SECONDS, LABEL_DELAY_SECONDS
from flowserve_ml.simulation.frauds import BAD_TERMINAL, GENUINE, LARGE_AMOUNT
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import Transactions

_DELAY_DAYS = LABEL_DELAY_SECONDS // DAY_SECONDS
_SURE = 60.0
_NEVER = DAY_SECONDS

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]


def terminal_chances(transactions: Transactions, recipe: Recipe, rows: Numbers) -> Floats:
    """The chance that the terminal of each row is bad at that moment, shape (len(rows),).

    A genuine or large-amount row shows a clean terminal, a bad-terminal row a bad one; a lost card's row
    tells nothing of the terminal.
    """
    scenario, days = transactions.scenario, transactions.days
    showing_clean = _first_seconds(transactions, (scenario == GENUINE) | (scenario == LARGE_AMOUNT))
    showing_bad = _first_seconds(transactions, scenario == BAD_TERMINAL)
    chance = recipe.bad_terminals_per_day / recipe.terminals
    belief = clean(int(transactions.terminals.max()) + 1, recipe.bad_terminal_days)
    chances = np.empty(len(rows))
    for day in range(int(days[rows].max(initial=-1)) + 1 - _DELAY_DAYS):
        belief = next_day(belief, chance)
        asked = np.flatnonzero(days[rows] == day + _DELAY_DAYS)
        if len(asked):
            terminals = transactions.terminals[rows[asked]]
            second = transactions.times[rows[asked]] % DAY_SECONDS
            due_clean = showing_clean[terminals, day] <= second
            due_bad = showing_bad[terminals, day] <= second
            then = weigh(belief[terminals], _evidence(due_clean, due_bad))
            still_bad = then[:, 1 : recipe.bad_terminal_days + 1 - _DELAY_DAYS].sum(axis=1)
            chances[asked] = 1 - (1 - still_bad) * (1 - chance) ** _DELAY_DAYS
        belief = weigh(belief, _evidence(showing_clean[:, day] < _NEVER, showing_bad[:, day] < _NEVER))
    return chances


def _evidence(is_clean: npt.NDArray[np.bool_], is_bad: npt.NDArray[np.bool_]) -> Floats:
    return _SURE * (is_bad.astype(float) - is_clean)


def _first_seconds(transactions: Transactions, which: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Second of the day of the first such row, by terminal and day; _NEVER where there is none."""
    shape = (int(transactions.terminals.max()) + 1, transactions.day_count)
    first = np.full(shape, _NEVER, dtype=np.int32)
    places = (transactions.terminals[which], transactions.days[which])
    np.minimum.at(first, places, (transactions.times[which] % DAY_SECONDS).astype(np.int32))
    return first
