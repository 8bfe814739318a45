"""The whole training: fit, thresholds, figures, leak checks, export, parity, folder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from flowserve_ml.artifact import require_new_version, write_artifact
from flowserve_ml.card import CARD_FILE, STUDY_FILE, model_card
from flowserve_ml.costs import Costs
from flowserve_ml.currency import BASE_CURRENCY, RATES
from flowserve_ml.drift import BASELINE, baseline
from flowserve_ml.errors import ArtifactError, InputError
from flowserve_ml.evaluation.judge import judge, judged_rows, share_of_optimum
from flowserve_ml.evaluation.leaks import refuse_knowing_random_labels, refuse_too_good
from flowserve_ml.evaluation.segments import segments
from flowserve_ml.evaluation.study import study
from flowserve_ml.features.definitions import DEFINITIONS_VERSION
from flowserve_ml.manifest import MODEL_FILE, Manifest
from flowserve_ml.rates import SCORES_FILE, Counts, count_scores
from flowserve_ml.runtime import Model, undo_sampling
from flowserve_ml.simulation.frauds import SCENARIO_NAMES
from flowserve_ml.training.data import Data
from flowserve_ml.training.export import to_onnx_bytes
from flowserve_ml.training.fit import CLASSIFIER, KEEP_RATE, MODEL_FEATURES, fit, model_inputs, sampled
from flowserve_ml.training.split import Split
from flowserve_ml.training.thresholds import RULE, costs_of
from flowserve_ml.training.trees import trees_json
from flowserve_ml.trees import TREES_FILE

NAME = "flowserve-fraud"
PARITY_LIMIT = 1e-6
_LIBRARIES = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the transactions come from, the seed of the model, other data sets to judge on by name, of as
    many days, and whether to study where the score comes from."""

    source: str
    seed: int
    unseen: Mapping[str, Data]
    studied: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: the folder of models, the new version, and the time of training."""

    models: Path
    version: str
    now: datetime


def train(data: Data, origin: Origin, split: Split, order: Order, stream: TextIO) -> Path:
    """Train, judge and write a model folder; progress goes to `stream`. Returns the folder.

    Raises InputError if the version exists, LeakSuspected if a score is too good, ArtifactError if the
    exported model does not agree with the trained one; nothing is written then.
    """
    require_new_version(order.models, order.version)
    for name, tested in origin.unseen.items():
        if tested.transactions.day_count < split.end:
            raise InputError(
                f"{name} has {tested.transactions.day_count} days, {split.end} are needed: as many as there "
                "are to train on"
            )
    training = data.training_rows(split)
    frauds = data.known_frauds(split)[training]
    classifier = fit(data.rows[training], frauds, origin.seed)
    validation = judged_rows(data.transactions, split.validate, split.test, split.train)
    costs = costs_of(data.transactions.cents[validation][data.transactions.is_fraud[validation]])
    scorer = _Scorer(classifier, costs)
    metrics = {"validation": scorer.judge(data, validation, "validation")}
    for name, tested in {"test": data, **origin.unseen}.items():
        rows = judged_rows(tested.transactions, split.test, split.end, split.train)
        metrics[name] = scorer.judge(tested, rows, name)
    random_labels = refuse_knowing_random_labels(data.transactions, split, origin.seed)
    content = to_onnx_bytes(classifier)
    trees = trees_json(content, model_inputs(data.rows[training][sampled(frauds, origin.seed)]))
    everything = {origin.source: data, **origin.unseen}
    found = study(everything, split, origin.seed, stream) if origin.studied else {}
    facts = {
        "source": origin.source,
        "seed": origin.seed,
        "days": split.end,
        "train_days": [split.train, split.train_end],
        "transactions": len(data.transactions),
        "rows": len(training),
        "classifier": CLASSIFIER,
        "policy_rule": RULE,
        "model_bytes": len(content),
        "random_labels": random_labels,
        BASELINE: baseline(data.rows[training]),
    }
    manifest = _manifest(order, content, trees, costs, facts, metrics)
    model = Model(manifest, content, trees)
    _check_parity(model, scorer, data.rows[validation])
    files = {
        MODEL_FILE: content,
        TREES_FILE: trees,
        CARD_FILE: model_card(manifest, found).encode(),
        SCORES_FILE: _json(scorer.counts, indent=None),
        **({STUDY_FILE: _json(found, indent=2)} if found else {}),
    }
    folder = write_artifact(order.models, manifest, files)
    print(_summary(metrics), file=stream, flush=True)
    return folder


def _json(document: object, indent: int | None) -> bytes:
    return (json.dumps(document, indent=indent) + "\n").encode()


class _Scorer:
    def __init__(self, classifier: HistGradientBoostingClassifier, costs: Costs) -> None:
        self._classifier = classifier
        self._costs = costs
        self.counts: dict[str, Counts] = {}

    def scores(self, rows: Floats) -> Floats:
        return undo_sampling(self._classifier.predict_proba(model_inputs(rows))[:, 1], KEEP_RATE)

    def judge(self, data: Data, rows: npt.NDArray[np.intp], name: str) -> dict[str, Any]:
        scores, policy = self.scores(data.rows[rows]), self._costs.policy()
        figures = judge(data.transactions, rows, scores, policy)
        self.counts[name] = count_scores(scores, data.transactions.scenario[rows], SCENARIO_NAMES)
        frauds = data.transactions.is_fraud[rows]
        figures["segments"] = segments(data.rows[rows], scores, frauds, policy)
        if data.truth is not None:
            figures |= share_of_optimum(data.transactions, data.truth, rows, figures)
            refuse_too_good(figures, name)
        return figures


def _manifest(
    order: Order, content: bytes, trees: bytes, costs: Costs, facts: dict[str, Any], metrics: dict[str, Any]
) -> Manifest:
    return Manifest(
        name=NAME,
        version=order.version,
        sha256=hashlib.sha256(content).hexdigest(),
        trees_sha256=hashlib.sha256(trees).hexdigest(),
        features=MODEL_FEATURES,
        definitions_version=DEFINITIONS_VERSION,
        keep_rate=KEEP_RATE,
        policy=costs.policy(),
        costs=costs,
        base_currency=BASE_CURRENCY,
        rates=dict(RATES),
        trained_at=order.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        training=facts,
        metrics=metrics,
        libraries={name: library_version(name) for name in _LIBRARIES},
    )


def _check_parity(model: Model, scorer: _Scorer, rows: Floats) -> None:
    difference = float(np.abs(model.score(rows) - scorer.scores(rows)).max())
    if difference > PARITY_LIMIT:
        raise ArtifactError(
            f"the exported model differs from the trained one by {difference:.1e}, {PARITY_LIMIT:.0e} is "
            "allowed: pin the versions of skl2onnx, onnx and onnxruntime that last agreed"
        )


def _summary(metrics: dict[str, Any]) -> str:
    return "\n".join(
        f"{name}: average precision {figures['average_precision']}, card precision@100 "
        f"{figures['card_precision_100']}, share of optimum {figures.get('share_of_optimum', 'unknown')}"
        for name, figures in metrics.items()
    )
