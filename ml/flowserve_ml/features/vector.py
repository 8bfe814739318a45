"""The whole feature row of a transaction, from `transaction` and `customer`."""

import math
from collections.abc import Sequence

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.features.transaction import transaction_features


def feature_row(history: CustomerHistory, t: int, cents: int) -> tuple[float, ...]:
    """Fold the transaction into `history` and return its row in FEATURES order (NaN = missing)."""
    return transaction_features(t, cents) + history.observe(t, cents)


def named_features(row: Sequence[float]) -> dict[str, float | None]:
    """The row by name, for records and answers: JSON has no NaN, so a missing value is None."""
    return {name: None if math.isnan(value) else value for name, value in zip(FEATURES, row, strict=True)}
