"""Where the score comes from: other model families, feature groups left out, and the spread over seeds."""

from collections.abc import Callable
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from flowserve_ml.evaluation.judge import judged_rows, rank
from flowserve_ml.evaluation.leaks import refuse_learning_from_noise
from flowserve_ml.evaluation.optimum import optimal_scores
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.training.data import Data
from flowserve_ml.training.fit import MODEL_FEATURES, fit, model_inputs, sampled
from flowserve_ml.training.split import Split

SEEDS = (11, 12, 13, 14, 15)

_GROUPS: dict[str, tuple[str, ...]] = {
    "all of the model's features": MODEL_FEATURES,
    "without amount_tail": tuple(name for name in MODEL_FEATURES if name != "amount_tail"),
    "without the customer's history": tuple(
        name for name in MODEL_FEATURES if not name.startswith("customer")
    ),
    "without the terminal's history": tuple(
        name for name in MODEL_FEATURES if not name.startswith("terminal")
    ),
    "every feature there is": FEATURES,
    "raw fields only": ("amount", "weekend", "night"),
}

Floats = npt.NDArray[np.float64]
Scorer = Callable[[Floats], Floats]


def study(data: Data, target: Data, split: Split, seed: int, stream: TextIO) -> dict[str, Any]:
    """Train on `data` in several ways and rank the test weeks of `target`; progress goes to `stream`.

    Every entry holds average precision and card precision, and their share of the optimum where it is known.
    Raises LeakSuspected if a model learns from shuffled labels.
    """
    judge = _Judge(target, split)
    groups = {
        name: judge(_boosted(data, split, seed, group), name, stream) for name, group in _GROUPS.items()
    }
    honest = next(iter(groups.values()))
    return {
        "feature_groups": groups,
        "model_families": {
            "boosted trees": honest,
            "random forest": judge(_forest(data, split, seed), "random forest", stream),
            "logistic regression": judge(_logistic(data, split, seed), "logistic regression", stream),
        },
        "seeds": {
            str(other): judge(_boosted(data, split, other, MODEL_FEATURES), f"seed {other}", stream)
            for other in SEEDS
        },
        "shuffled_labels_average_precision": refuse_learning_from_noise(
            data, split, seed, honest["average_precision"]
        ),
    }


class _Judge:
    """Ranks the test weeks of one data set by any scorer."""

    def __init__(self, target: Data, split: Split) -> None:
        self._target = target
        self._tested = judged_rows(target.transactions, split.test, split.end, split.train)
        self._best: dict[str, float] | None = None
        if target.truth is not None:
            scores = optimal_scores(target.transactions, target.truth, self._tested)
            self._best = rank(target.transactions, self._tested, scores)

    def __call__(self, scorer: Scorer, name: str, stream: TextIO) -> dict[str, float]:
        figures = rank(self._target.transactions, self._tested, scorer(self._target.rows[self._tested]))
        if self._best is not None:
            shares = {f"{key}_share": round(figures[key] / self._best[key], 4) for key in self._best}
            figures = {**figures, **shares}
        print(f"study, {name}: average precision {figures['average_precision']}", file=stream, flush=True)
        return figures


def _boosted(data: Data, split: Split, seed: int, features: tuple[str, ...]) -> Scorer:
    training = data.training_rows(split)
    classifier = fit(data.rows[training], data.known_frauds(split)[training], seed, features)
    return lambda rows: classifier.predict_proba(model_inputs(rows, features))[:, 1]


def _forest(data: Data, split: Split, seed: int) -> Scorer:
    rows, frauds = _sample(data, split, seed)
    forest = RandomForestClassifier(100, max_depth=12, min_samples_leaf=5, random_state=seed).fit(
        rows, frauds
    )
    return lambda rows: forest.predict_proba(_without_missing(rows))[:, 1]


def _logistic(data: Data, split: Split, seed: int) -> Scorer:
    rows, frauds = _sample(data, split, seed)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(rows, frauds)
    return lambda rows: model.predict_proba(_without_missing(rows))[:, 1]


def _sample(data: Data, split: Split, seed: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    training = data.training_rows(split)
    frauds = data.known_frauds(split)[training]
    kept = sampled(frauds, seed)
    return _without_missing(data.rows[training][kept]), frauds[kept]


def _without_missing(rows: Floats) -> npt.NDArray[np.float32]:
    """Neither of the two families takes a missing value: no tail amount becomes zero."""
    return np.nan_to_num(model_inputs(rows), nan=0.0)
