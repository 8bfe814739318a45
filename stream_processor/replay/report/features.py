"""Features that differ between the two sides, although the transactions are the same."""

from typing import Any

import numpy as np

from flowserve_ml.features.definitions import FEATURES
from stream_processor.replay.report.common import Common, Side


def feature_differences(common: Common, baseline: Side) -> list[dict[str, Any]]:
    """For each feature that is not equal everywhere (missing equals missing): on how many transactions, on
    how many only one side has it, and the largest absolute difference where both have it, else None."""
    found = []
    for name in FEATURES:
        mine = common.candidate.scored.feature(name)[common.candidate.places]
        theirs = baseline.scored.feature(name)[baseline.places]
        absent, other_absent = np.isnan(mine), np.isnan(theirs)
        differs = (mine != theirs) & ~(absent & other_absent)
        if not differs.any():
            continue
        both = differs & ~absent & ~other_absent
        found.append(
            {
                "feature": name,
                "transactions": int(differs.sum()),
                "only_candidate": int((~absent & other_absent).sum()),
                "only_baseline": int((absent & ~other_absent).sum()),
                "largest_difference": float(np.abs(mine - theirs)[both].max()) if both.any() else None,
            }
        )
    return found
