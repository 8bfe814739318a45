"""Transactions with their feature rows, as training and evaluation take them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from flowserve_ml.errors import InputError
from flowserve_ml.features.definitions import DAY_SECONDS, DEFINITIONS_VERSION, FEATURES
from flowserve_ml.features.stream import feature_rows
from flowserve_ml.files import DEFINITIONS_KEY, read_table, transactions_of, truth_in
from flowserve_ml.simulator import Transactions, Truth
from flowserve_ml.training.split import Split


@dataclass(frozen=True, slots=True)
class Data:
    """`rows` are the feature rows, shape (n, len(FEATURES)); `truth` is known of a simulation only."""

    transactions: Transactions
    rows: npt.NDArray[np.float64]
    truth: Truth | None

    @classmethod
    def fold(cls, transactions: Transactions, truth: Truth | None, stream: TextIO) -> "Data":
        """Compute the rows; progress goes to `stream`."""
        return cls(transactions, feature_rows(transactions.log, stream), truth)

    def training_rows(self, split: Split) -> npt.NDArray[np.intp]:
        """Row numbers of the training days: their labels are due before the first day that is judged."""
        days = self.transactions.days
        return np.nonzero((days >= split.train) & (days < split.train_end))[0]

    def known_frauds(self, split: Split) -> npt.NDArray[np.bool_]:
        """Frauds reported before the first judged day: what training may know, of all rows."""
        frauds, reported = self.transactions.is_fraud, self.transactions.reported
        if reported is None:
            return frauds
        first_judged = (self.transactions.first_day + split.validate) * DAY_SECONDS
        known: npt.NDArray[np.bool_] = frauds & (reported < first_judged)
        return known


def read_data(path: Path, stream: TextIO) -> Data:
    """Transactions of a file, in its order, with their rows; raises InputError.

    A prepared file brings its rows along; of another file they are computed.
    """
    table = read_table(path)
    transactions, truth = transactions_of(path, table), truth_in(path, table)
    found = (table.schema.metadata or {}).get(DEFINITIONS_KEY)
    if found is None:
        return Data.fold(transactions, truth, stream)
    if found != str(DEFINITIONS_VERSION).encode():
        raise InputError(
            f"{path} was prepared with feature definitions {found.decode()}, this code computes "
            f"{DEFINITIONS_VERSION}: prepare it again"
        )
    return Data(
        transactions, np.column_stack([table[f"feature_{name}"].to_numpy() for name in FEATURES]), truth
    )
