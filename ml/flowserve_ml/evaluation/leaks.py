"""Checks that a score is honest; each raises LeakSuspected, and then no model is written."""

from typing import Any

import numpy as np
import numpy.typing as npt

from flowserve_ml.errors import InputError
from flowserve_ml.evaluation.judge import judged_rows, rank
from flowserve_ml.training.data import Data
from flowserve_ml.training.fit import fit, model_inputs
from flowserve_ml.training.split import Split

NOISE = 0.03
"""How far above the best possible scorer the mean of some weeks may lie by luck."""

LUCKY_SHARE = 0.2
"""Learning from shuffled labels must stay below this share of the honest average precision. It is no zero:
rare rows get extreme scores of either sign, and large amounts are among them."""

_SHUFFLES = 3


class LeakSuspected(InputError):
    """A score is better than it can honestly be."""


def refuse_too_good(figures: dict[str, Any], what: str) -> None:
    """Raises LeakSuspected if the average precision lies above the best possible scorer's."""
    share = figures["share_of_optimum"]["average_precision"]
    if share > 1 + NOISE:
        raise LeakSuspected(
            f"{what}: average precision is {share:.3f} times the best possible scorer's. Labels must have "
            "got into the features before they were due, or the training rows into the judged ones"
        )


def refuse_learning_from_noise(data: Data, split: Split, seed: int, honest: float) -> float:
    """Mean average precision on the test weeks of models whose training labels were shuffled.

    Raises LeakSuspected if that is a fair share of `honest`, the average precision from true labels: then the
    judged rows' labels reach the scores by another way.
    """
    tested = judged_rows(data.transactions, split.test, split.end, split.train)
    reached = float(np.mean([_shuffled(data, split, tested, seed + turn) for turn in range(_SHUFFLES)]))
    if reached > LUCKY_SHARE * honest:
        raise LeakSuspected(
            f"models that learned from shuffled labels reach average precision {reached:.4f}, from true "
            f"labels it is {honest:.4f}: the judged labels reach the scores"
        )
    return round(reached, 4)


def _shuffled(data: Data, split: Split, tested: npt.NDArray[np.intp], seed: int) -> float:
    training = data.training_rows(split)
    labels = np.random.default_rng(seed).permutation(data.known_frauds(split)[training])
    classifier = fit(data.rows[training], labels, seed)
    scores = classifier.predict_proba(model_inputs(data.rows[tested]))[:, 1]
    return rank(data.transactions, tested, scores)["average_precision"]
