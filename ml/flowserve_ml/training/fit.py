"""Fits the classifier: all frauds and a share of the genuine rows, on the features that pay."""

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from flowserve_ml.features.definitions import FEATURES

MODEL_FEATURES = (
    "amount",
    "amount_tail",
    "customer_ratio",
    "customer_max_ratio_7d",
    "customer_anomalies_14d",
)
"""Inputs of the model; the other features serve reasons and audit, they add nothing to its score."""

KEEP_RATE = 0.1
"""Share of genuine rows kept. All of them would leave the few large amounts in one histogram bin. No sample
weights make up for it: scikit-learn bins by weight, and the one bin would be back. `undo_sampling` does."""

COLUMNS = [FEATURES.index(feature) for feature in MODEL_FEATURES]


def fit(
    rows: npt.NDArray[np.float64], is_fraud: npt.NDArray[np.bool_], seed: int
) -> HistGradientBoostingClassifier:
    """A classifier of `model_inputs` of the rows; its scores still need `undo_sampling`."""
    rng = np.random.default_rng(seed)
    kept = is_fraud | (rng.random(len(is_fraud)) < KEEP_RATE)
    classifier = HistGradientBoostingClassifier(
        learning_rate=0.1, max_iter=100, max_leaf_nodes=8, early_stopping=False, random_state=seed
    )
    return classifier.fit(model_inputs(rows[kept]), is_fraud[kept])


def model_inputs(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The model's columns as float32, the precision it is served in: thresholds then fall between the values
    that serving sees."""
    return rows[:, COLUMNS].astype(np.float32)
