"""Scorers of one kind or another, ranked on the test weeks of a data set against the best possible one."""

from collections.abc import Callable
from copy import copy
from typing import TextIO

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from flowserve_ml.evaluation.judge import judged_rows, rank
from flowserve_ml.evaluation.optimum import optimal_scores
from flowserve_ml.training.data import Data
from flowserve_ml.training.fit import fit, model_inputs, sampled
from flowserve_ml.training.split import Split

Floats = npt.NDArray[np.float64]
Scorer = Callable[[Floats], Floats]


class Judge:
    """Ranks the test weeks of one data set by any scorer."""

    def __init__(self, target: Data, split: Split) -> None:
        self._target = target
        self._tested = judged_rows(target.transactions, split.test, split.end, split.train)
        self._best: dict[str, float] | None = None
        if target.truth is not None:
            scores = optimal_scores(target.transactions, target.truth, self._tested)
            self._best = rank(target.transactions, self._tested, scores)

    def on(self, data: Data) -> "Judge":
        """The same rows and the same optimum for other feature rows of the same transactions."""
        twin = copy(self)
        twin._target = data
        return twin

    def __call__(self, scorer: Scorer, name: str, stream: TextIO) -> dict[str, float]:
        """Average precision and card precision, and their share of the optimum where it is known."""
        figures = rank(self._target.transactions, self._tested, scorer(self._target.rows[self._tested]))
        if self._best is not None:
            shares = {f"{key}_share": round(figures[key] / self._best[key], 4) for key in self._best}
            figures = {**figures, **shares}
        print(f"study, {name}: average precision {figures['average_precision']}", file=stream, flush=True)
        return figures


def boosted(data: Data, split: Split, seed: int, features: tuple[str, ...]) -> Scorer:
    """The classifier of `fit` on the training days."""
    training = data.training_rows(split)
    classifier = fit(data.rows[training], data.known_frauds(split)[training], seed, features)
    return lambda rows: classifier.predict_proba(model_inputs(rows, features))[:, 1]


def forest(data: Data, split: Split, seed: int) -> Scorer:
    """A random forest on the same features and rows."""
    rows, frauds = _sample(data, split, seed)
    trees = RandomForestClassifier(100, max_depth=12, min_samples_leaf=5, random_state=seed, n_jobs=-1).fit(
        rows, frauds
    )
    return lambda rows: trees.predict_proba(_without_missing(rows))[:, 1]


def logistic(data: Data, split: Split, seed: int) -> Scorer:
    """A logistic regression on the same features and rows."""
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
