"""P(a lost card makes this row a fraud) in the simulation: a forward filter over amounts and due labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowserve_ml.evaluation.hidden_state import clean, next_day, weigh
from flowserve_ml.features.definitions import DAY_SECONDS, LABEL_DELAY_SECONDS
from flowserve_ml.simulation.frauds import LOST_CARD
from flowserve_ml.simulator import Transactions, Truth

_DELAY_DAYS = LABEL_DELAY_SECONDS // DAY_SECONDS
_SURE = 60.0
_TINY = 1e-300
_CHANCE_NEGATIVE = 0.022750131948179195  # of a normal draw two deviations above zero: redrawn uniformly

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]
Owners = npt.NDArray[Any]
"""Numbers of customers, of whatever integer type."""


def card_chances(transactions: Transactions, truth: Truth, rows: Numbers) -> Floats:
    """The chance that each row is a lost card's fraud, from its own amount and all that was known before.

    A row of a bad card is multiplied with chance 1 / lost_card_share. Until its label is due, only its amount
    tells; then the label does.
    """
    recipe = truth.recipe
    evidence = _Evidence.of(transactions, truth)
    chance = recipe.lost_cards_per_day / recipe.customers
    belief = clean(int(transactions.customers.max()) + 1, recipe.lost_card_days)
    everyone = np.arange(len(belief))
    days = transactions.days[rows]
    chances = np.empty(len(rows))
    for day in range(_DELAY_DAYS + 1, int(days.max(initial=-1)) + 1):
        labelled = day - _DELAY_DAYS - 1
        belief = weigh(next_day(belief, chance), evidence.labels(everyone, labelled))
        asked = np.flatnonzero(days == day)
        if len(asked):
            bad = _bad_now(evidence, belief, rows[asked], day, chance)
            chances[asked] = evidence.fraud_chances(rows[asked], bad)
    return chances


def _bad_now(evidence: "_Evidence", belief: Floats, rows: Numbers, day: int, chance: float) -> Floats:
    """The chance that the card is bad just before each row, from the belief at the end of day - 8."""
    customers = evidence.customers[rows]
    now = next_day(belief[customers], chance)
    now = weigh(now, evidence.half_due(rows, day - _DELAY_DAYS))
    for past in range(day - _DELAY_DAYS + 1, day):
        now = weigh(next_day(now, chance), evidence.amounts(customers, past))
    now = weigh(next_day(now, chance), evidence.earlier_today(rows, day))
    bad: Floats = now[:, 1:].sum(axis=1)
    return bad


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Log ratios (bad to clean) added up over each customer's rows, which lie together, in log order.

    `amount_sums` and `label_sums` have n + 1 entries: evidence of rows [a, b) is sums[b] - sums[a].
    """

    customers: npt.NDArray[np.int32]
    places: Numbers  # of each row in the order by customer
    times: npt.NDArray[np.int64]
    keys: npt.NDArray[np.int64]  # customer and second, ascending: where a moment lies among a customer's rows
    first_second: int
    amount_sums: Floats
    label_sums: Floats
    usual: Floats  # density of each row's amount from a clean card
    multiplied: Floats  # and when multiplied
    share: float

    @classmethod
    def of(cls, transactions: Transactions, truth: Truth) -> "_Evidence":
        recipe = truth.recipe
        mean = truth.mean_amounts[transactions.customers]
        amount, factor = transactions.cents / 100, recipe.lost_card_factor
        usual = np.maximum(_density(amount, mean), _TINY)
        multiplied = _density(amount / factor, mean) / factor
        share = 1 / recipe.lost_card_share
        by_amount = np.minimum(np.log(1 - share + share * multiplied / usual), _SURE)
        by_label = np.where(transactions.scenario == LOST_CARD, _SURE, np.log(1 - share))
        order = np.lexsort((transactions.times, transactions.customers))
        places = np.empty(len(order), dtype=np.intp)
        places[order] = np.arange(len(order))
        first_second = transactions.first_day * DAY_SECONDS
        return cls(
            customers=transactions.customers,
            places=places,
            times=transactions.times,
            keys=_key(transactions.customers[order], transactions.times[order] - first_second),
            first_second=first_second,
            amount_sums=np.append(0.0, np.cumsum(by_amount[order])),
            label_sums=np.append(0.0, np.cumsum(by_label[order])),
            usual=usual,
            multiplied=multiplied,
            share=share,
        )

    def labels(self, customers: Owners, day: int) -> Floats:
        """Evidence of a day whose labels are all due."""
        return self._between(self.label_sums, customers, day)

    def amounts(self, customers: npt.NDArray[np.int32], day: int) -> Floats:
        """Evidence of a day of which only amounts are known."""
        return self._between(self.amount_sums, customers, day)

    def half_due(self, rows: Numbers, day: int) -> Floats:
        """Evidence of the day of which each row sees labels up to its own time of day."""
        customers = self.customers[rows]
        begin, end = self._starts(customers, day), self._starts(customers, day + 1)
        seconds = self.times[rows] - LABEL_DELAY_SECONDS - self.first_second
        due = np.searchsorted(self.keys, _key(customers, seconds), side="right")
        return _difference(self.label_sums, begin, due) + _difference(self.amount_sums, due, end)

    def earlier_today(self, rows: Numbers, day: int) -> Floats:
        """Evidence of the amounts of the same day before each row."""
        begin = self._starts(self.customers[rows], day)
        return _difference(self.amount_sums, begin, self.places[rows])

    def fraud_chances(self, rows: Numbers, bad: Floats) -> Floats:
        """The chance that each row is a fraud, given the chance that its card is bad."""
        fraud = bad * self.share * self.multiplied[rows]
        result: Floats = fraud / (fraud + (1 - bad * self.share) * self.usual[rows])
        return result

    def _between(self, sums: Floats, customers: Owners, day: int) -> Floats:
        return _difference(sums, self._starts(customers, day), self._starts(customers, day + 1))

    def _starts(self, customers: Owners, day: int) -> Numbers:
        starts: Numbers = np.searchsorted(self.keys, _key(customers, day * DAY_SECONDS))
        return starts


def _difference(sums: Floats, begin: Numbers, end: Numbers) -> Floats:
    difference: Floats = sums[end] - sums[begin]
    return difference


def _key(customers: Owners, seconds: npt.NDArray[np.int64] | int) -> npt.NDArray[np.int64]:
    key: npt.NDArray[np.int64] = customers.astype(np.int64) * 2**40 + seconds
    return key


def _density(amount: Floats, mean: Floats) -> Floats:
    """Of a genuine amount: normal around m with deviation m / 2; a negative draw is uniform on (0, 2 m)."""
    deviation = mean / 2
    normal = np.exp(-(((amount - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
    result: Floats = normal + _CHANCE_NEGATIVE / (2 * mean) * (amount < 2 * mean)
    return result
