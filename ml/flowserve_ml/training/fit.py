"""Fits the classifier: all frauds and a share of the genuine rows, on the features that pay."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from flowserve_ml.errors import InputError
from flowserve_ml.features.definitions import FEATURES

MODEL_FEATURES = (
    "amount",
    "amount_tail",
    "customer_ratio",
    "customer_max_ratio_7d",
    "customer_anomalies_14d",
    "terminal_last_label",
    "terminal_run_age",
    "terminal_run_ordinary",
    "terminal_since_genuine",
)
"""Inputs of the model; the other features serve audit and drift, they add nothing to its score."""

KEEP_RATE = 0.1
"""Share of genuine rows kept. All of them would leave the few large amounts in one histogram bin. No sample
weights make up for it: scikit-learn bins by weight, and the one bin would be back. `undo_sampling` does."""

CLASSIFIER = "gradient-boosted trees: 100 trees of 8 leaves, learning rate 0.1, l2 10"


def fit(
    rows: npt.NDArray[np.float64],
    is_fraud: npt.NDArray[np.bool_],
    seed: int,
    features: Sequence[str] = MODEL_FEATURES,
) -> HistGradientBoostingClassifier:
    """A classifier of `model_inputs` of the rows; its scores still need `undo_sampling`.

    Raises InputError if the rows are not of both kinds.
    """
    if not 0 < is_fraud.sum() < len(is_fraud):
        raise InputError("the training days hold no known fraud, or nothing else: take other transactions")
    kept = sampled(is_fraud, seed)
    classifier = HistGradientBoostingClassifier(
        learning_rate=0.1,
        max_iter=100,
        max_leaf_nodes=8,
        l2_regularization=10.0,  # chosen on the validation weeks of three simulations
        early_stopping=False,
        random_state=seed,
    )
    return classifier.fit(model_inputs(rows[kept], features), is_fraud[kept])


def sampled(is_fraud: npt.NDArray[np.bool_], seed: int) -> npt.NDArray[np.bool_]:
    """Which rows are trained on: all frauds and KEEP_RATE of the genuine ones."""
    return is_fraud | (np.random.default_rng(seed).random(len(is_fraud)) < KEEP_RATE)


def model_inputs(
    rows: npt.NDArray[np.float64], features: Sequence[str] = MODEL_FEATURES
) -> npt.NDArray[np.float32]:
    """The features' columns as float32, the precision a model is served in: thresholds then fall between the
    values that serving sees."""
    return rows[:, [FEATURES.index(feature) for feature in features]].astype(np.float32)
