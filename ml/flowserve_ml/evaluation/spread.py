"""Whether a simulation's seed explains the score: each simulation trains a model that the others judge."""

from collections.abc import Mapping
from itertools import permutations
from typing import Any, TextIO

import numpy as np

from flowserve_ml.evaluation.ranked import Judge, boosted
from flowserve_ml.training.data import Data
from flowserve_ml.training.fit import MODEL_FEATURES
from flowserve_ml.training.split import Split

_SHARES = ("average_precision_share", "card_precision_100_share")


def spread(
    data: Mapping[str, Data], judges: Mapping[str, Judge], split: Split, seed: int, stream: TextIO
) -> dict[str, Any]:
    """A model of each data set's training days on every other one's test weeks, then mean, least and greatest
    share of the optimum where all of them know it. Progress goes to `stream`.

    `judges` are those of `data`, by the same names.
    """
    scorers = {name: boosted(each, split, seed, MODEL_FEATURES) for name, each in data.items()}
    pairs = {}
    for trained, judged in permutations(data, 2):
        name = f"trained on {trained}; judged on {judged}"
        pairs[name] = judges[judged](scorers[trained], name, stream)
    shares = {
        share: _summary([figures[share] for figures in pairs.values()])
        for share in _SHARES
        if all(share in figures for figures in pairs.values())
    }
    return {"pairs": pairs, "shares": shares}


def _summary(shares: list[float]) -> dict[str, float]:
    return {"mean": round(float(np.mean(shares)), 4), "min": min(shares), "max": max(shares)}
