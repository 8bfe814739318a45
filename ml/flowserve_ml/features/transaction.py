"""Features of the transaction alone; `vector` joins them with the customer's."""

import math

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.definitions import DAY_SECONDS, NIGHT_END_HOUR, TAIL_AMOUNT

_NIGHT_SECONDS = (NIGHT_END_HOUR + 1) * 3_600
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0
_SATURDAY = 5


def transaction_features(t: int, cents: int) -> tuple[float, ...]:
    """`TRANSACTION_FEATURES` of a transaction at second `t` (UTC) of `cents` in the base currency.

    `amount_tail` is NaN up to TAIL_AMOUNT: missing, not zero.
    """
    amount = cents / 100
    days, second_of_day = divmod(t, DAY_SECONDS)
    return (
        amount,
        amount if amount > TAIL_AMOUNT else math.nan,
        1.0 if (days + _EPOCH_WEEKDAY) % 7 >= _SATURDAY else 0.0,
        1.0 if second_of_day < _NIGHT_SECONDS else 0.0,
    )


def transaction_rows(times: npt.NDArray[np.int64], cents: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """`transaction_features` of each, shape (n, 4), for a log at once; a test holds the two together."""
    amounts = cents / 100
    return np.column_stack(
        [
            amounts,
            np.where(amounts > TAIL_AMOUNT, amounts, np.nan),
            (times // DAY_SECONDS + _EPOCH_WEEKDAY) % 7 >= _SATURDAY,
            times % DAY_SECONDS < _NIGHT_SECONDS,
        ]
    )
