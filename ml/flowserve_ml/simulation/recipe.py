"""The settings of a simulation; the defaults give about 1.8 million transactions, 0.8 % of them fraud."""

import math
from dataclasses import dataclass, fields

from flowserve_ml.errors import InputError

_CHANGES = ("drift_per_month", "newcomers")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Places lie on a square of `side` x `side`; amounts are major units of the base currency.

    Amounts grow by the share `drift_per_month`, and the share `newcomers` of the customers joins later.

    Raises InputError if a setting makes no sense.
    """

    customers: int = 5_000
    terminals: int = 10_000
    days: int = 183
    side: float = 100.0
    reach: float = 5.0
    lowest_mean_amount: float = 5.0
    highest_mean_amount: float = 100.0
    highest_daily_rate: float = 4.0
    large_amount: float = 220.0
    bad_terminals_per_day: int = 2
    bad_terminal_days: int = 28
    lost_cards_per_day: int = 3
    lost_card_days: int = 14
    lost_card_factor: int = 5
    lost_card_share: int = 3
    drift_per_month: float = 0.0
    newcomers: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in _CHANGES and not 0 < value < math.inf:
                raise InputError(f"{field.name} must be above 0, not {value}")
        if not -1 < self.drift_per_month <= 1:
            raise InputError(f"drift_per_month must be above -1 and at most 1, not {self.drift_per_month}")
        if not 0 <= self.newcomers <= 1:
            raise InputError(f"newcomers must be a share from 0 to 1, not {self.newcomers}")
        if self.lowest_mean_amount >= self.highest_mean_amount:
            raise InputError("lowest_mean_amount must be below highest_mean_amount")
        if self.bad_terminals_per_day > self.terminals:
            raise InputError(
                f"{self.terminals} terminals are too few: {self.bad_terminals_per_day} go bad a day"
            )
        if self.lost_cards_per_day > self.customers:
            raise InputError(
                f"{self.customers} customers are too few: {self.lost_cards_per_day} cards are lost a day"
            )
