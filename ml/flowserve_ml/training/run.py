"""The whole training: features, split, fit, thresholds, figures, export, parity, folder."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from flowserve_ml.currency import BASE_CURRENCY, RATES
from flowserve_ml.features.definitions import DEFINITIONS_VERSION
from flowserve_ml.manifest import ArtifactError, Manifest
from flowserve_ml.policy import Policy
from flowserve_ml.runtime import Model, undo_sampling
from flowserve_ml.simulator import Transactions
from flowserve_ml.training.artifact import require_new_version, write_artifact
from flowserve_ml.training.export import to_onnx_bytes
from flowserve_ml.training.fit import KEEP_RATE, MODEL_FEATURES, fit, model_inputs
from flowserve_ml.training.judge import judge, judged_rows
from flowserve_ml.training.matrix import feature_matrix
from flowserve_ml.training.split import Split
from flowserve_ml.training.thresholds import RULE, choose_policy

NAME = "flowserve-fraud"
PARITY_LIMIT = 1e-6
_LIBRARIES = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the transactions come from, the seed of the model, and another data set to judge on, if any."""

    source: str
    seed: int
    unseen: Transactions | None


def train(
    transactions: Transactions,
    origin: Origin,
    split: Split,
    models: Path,
    version: str,
    now: datetime,
    stream: TextIO,
) -> Path:
    """Train, judge and write a model folder; progress goes to `stream`. Returns the folder.

    Raises InputError if the version exists, ArtifactError if the exported model does not agree with the
    trained one; nothing is written then.
    """
    require_new_version(models, version)
    rows = feature_matrix(transactions, stream)
    training = np.nonzero((transactions.days >= split.train) & (transactions.days < split.train_end))[0]
    classifier = fit(rows[training], transactions.is_fraud[training], origin.seed)
    validation = judged_rows(transactions, split.validate, split.test, split.train)
    scores = _scores(classifier, rows[validation])
    policy = choose_policy(scores, transactions.is_fraud[validation])
    metrics = {"validation": judge(transactions, validation, scores, policy)}
    metrics |= _test(classifier, transactions, rows, split, policy, "test")
    if origin.unseen is not None:
        unseen_rows = feature_matrix(origin.unseen, stream)
        metrics |= _test(classifier, origin.unseen, unseen_rows, split, policy, "unseen_simulation")
    content = to_onnx_bytes(classifier)
    facts = {
        "source": origin.source,
        "seed": origin.seed,
        "days": split.end,
        "train_days": [split.train, split.train_end],
        "transactions": len(transactions),
        "rows": len(training),
        "classifier": "gradient-boosted trees: 100 trees of 8 leaves, learning rate 0.1",
        "policy_rule": RULE,
        "model_bytes": len(content),
    }
    manifest = _manifest(version, content, policy, facts, metrics, now)
    _check_parity(Model(manifest, content), classifier, rows[validation])
    folder = write_artifact(models, manifest, content)
    print(_summary(metrics), file=stream, flush=True)
    return folder


def _test(
    classifier: HistGradientBoostingClassifier,
    transactions: Transactions,
    rows: Floats,
    split: Split,
    policy: Policy,
    name: str,
) -> dict[str, Any]:
    tested = judged_rows(transactions, split.test, split.end, split.train)
    return {name: judge(transactions, tested, _scores(classifier, rows[tested]), policy)}


def _scores(classifier: HistGradientBoostingClassifier, rows: Floats) -> Floats:
    return undo_sampling(classifier.predict_proba(model_inputs(rows))[:, 1], KEEP_RATE)


def _manifest(
    version: str,
    content: bytes,
    policy: Policy,
    facts: dict[str, Any],
    metrics: dict[str, Any],
    now: datetime,
) -> Manifest:
    return Manifest(
        name=NAME,
        version=version,
        sha256=hashlib.sha256(content).hexdigest(),
        features=MODEL_FEATURES,
        definitions_version=DEFINITIONS_VERSION,
        keep_rate=KEEP_RATE,
        policy=policy,
        base_currency=BASE_CURRENCY,
        rates=dict(RATES),
        trained_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        training=facts,
        metrics=metrics,
        libraries={name: library_version(name) for name in _LIBRARIES},
    )


def _check_parity(model: Model, classifier: HistGradientBoostingClassifier, rows: Floats) -> None:
    difference = float(np.abs(model.score(rows) - _scores(classifier, rows)).max())
    if difference > PARITY_LIMIT:
        raise ArtifactError(
            f"the exported model differs from the trained one by {difference:.1e}, {PARITY_LIMIT:.0e} is "
            "allowed: pin the versions of skl2onnx, onnx and onnxruntime that last agreed"
        )


def _summary(metrics: dict[str, Any]) -> str:
    return "\n".join(
        f"{name}: average precision {figures['average_precision']}, ROC AUC {figures['roc_auc']}"
        for name, figures in metrics.items()
    )
