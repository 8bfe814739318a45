"""The cost model of a new artifact; it can be changed in the manifest's policy without training again."""

import numpy as np
import numpy.typing as npt

from flowserve_ml.costs import Costs
from flowserve_ml.errors import InputError

REVIEW = 3.0
FALSE_DECLINE = 30.0
CHARGEBACK_FEE = 25.0
FOUND_IN_REVIEW = 0.9
RULE = (
    f"least expected cost: a review costs {REVIEW:.0f} and recognises {FOUND_IN_REVIEW:.0%} of frauds, "
    f"declining a genuine customer costs {FALSE_DECLINE:.0f}, approving a fraud costs the mean amount of a "
    f"fraud of the validation weeks and a fee of {CHARGEBACK_FEE:.0f} (base currency)"
)


def costs_of(fraud_cents: npt.NDArray[np.int64]) -> Costs:
    """The costs of RULE, from the amounts of frauds; raises InputError if there are none."""
    if not len(fraud_cents):
        raise InputError("the validation weeks hold no fraud to set thresholds by: take more transactions")
    missed = float(np.mean(fraud_cents)) / 100 + CHARGEBACK_FEE
    return Costs(REVIEW, FALSE_DECLINE, round(missed, 2), FOUND_IN_REVIEW)
