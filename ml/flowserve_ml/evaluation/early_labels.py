"""The same pipeline with labels that do not wait until they are due: proof that the leak alarm would ring."""

import numpy as np

from flowserve_ml.features.definitions import (
    FEATURES,
    MATURITY_SECONDS,
    TERMINAL_FEATURES,
)
from flowserve_ml.features.stream import terminal_rows
from flowserve_ml.features.terminal import ordinaries
from flowserve_ml.training.data import Data

_RATIO = FEATURES.index("customer_ratio")


def without_delay(data: Data) -> Data:
    """The data again, with terminals that learn every label at once; for comparison only."""
    log = data.transactions.log
    plain = ordinaries(data.rows[:, _RATIO], log.cents)
    early = terminal_rows(log, plain, head_start=MATURITY_SECONDS)
    return Data(data.transactions, np.hstack([data.rows[:, : -len(TERMINAL_FEATURES)], early]), data.truth)
