"""Feature rows of a stream of transactions, by the very code that serves them live."""

from array import array
from typing import TextIO

import numpy as np
import numpy.typing as npt

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import FEATURES, HORIZON_SECONDS
from flowserve_ml.features.vector import feature_row
from flowserve_ml.progress import track
from flowserve_ml.simulator import Transactions


def feature_matrix(transactions: Transactions, stream: TextIO) -> npt.NDArray[np.float64]:
    """Rows of shape (n, len(FEATURES)) in the order of the transactions; progress goes to `stream`."""
    times = transactions.times.tolist()
    cents = transactions.cents.tolist()
    customers = transactions.customers.tolist()
    histories = [CustomerHistory() for _ in range(max(customers, default=-1) + 1)]
    values = array("d")
    mark = 0
    for number in track(len(times), "features", stream):
        t = times[number]
        mark = max(mark, t)
        history = histories[customers[number]]
        history.forget(mark - HORIZON_SECONDS)
        values.extend(feature_row(history, t, cents[number]))
    return np.frombuffer(values, dtype=np.float64).reshape(-1, len(FEATURES))
