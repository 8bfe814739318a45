"""The whole feature row of a transaction, from `transaction`, `customer` and `terminal`."""

from collections.abc import Sequence

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import FEATURES, MAY_BE_MISSING
from flowserve_ml.features.transaction import transaction_features


def feature_row(
    customer: CustomerHistory, terminal_view: tuple[float, ...], t: int, cents: int
) -> tuple[float, ...]:
    """Fold the transaction into its customer's history and return its row in FEATURES order (NaN = missing).

    `terminal_view` is `TerminalHistory.view(t)`, or UNSEEN_TERMINAL; the transaction changes nothing there
    before its label is due.
    """
    return transaction_features(t, cents) + customer.observe(t, cents) + terminal_view


def named_features(row: Sequence[float]) -> dict[str, float | None]:
    """The row by name, for records and answers: JSON has no NaN, so a missing value is None."""
    named: dict[str, float | None] = dict(zip(FEATURES, row, strict=True))
    for name in MAY_BE_MISSING:
        if named[name] != named[name]:  # NaN is what differs from itself
            named[name] = None
    return named
