"""The best possible (Bayes-optimal) scorer of a simulation, which no model without a leak can beat.

It knows the simulator's recipe and each customer's true mean amount, but sees labels only when they are due.
`optimum_terminal` and `optimum_card` hold the two hidden states; a large amount is always fraud.
"""

import numpy as np
import numpy.typing as npt

from flowserve_ml.errors import InputError
from flowserve_ml.evaluation.optimum_card import card_chances
from flowserve_ml.evaluation.optimum_terminal import terminal_chances
from flowserve_ml.simulator import Transactions, Truth


def optimal_scores(
    transactions: Transactions, truth: Truth, rows: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """P(fraud) of the given rows, shape (len(rows),); they must lie at least 8 days after the start.

    Raises InputError if amounts drift: the scorer knows each customer's mean amount, but not that it changes.
    Taking the scenario of a due fraud as known makes this ceiling slightly optimistic.
    """
    if truth.recipe.drift_per_month:
        raise InputError("amounts drift in this simulation: its best possible scorer is not known")
    large = transactions.cents[rows] > truth.recipe.large_amount * 100
    terminal = terminal_chances(transactions, truth.recipe, rows)
    card = card_chances(transactions, truth, rows)
    return np.where(large, 1.0, np.clip(1 - (1 - terminal) * (1 - card), 0, 1))  # rounding passes one
