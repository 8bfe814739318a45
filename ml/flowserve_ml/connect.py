"""Puts a trained artifact into a backend's folder of models and proves that the backend scores with it."""

import hashlib
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from flowserve_ml.artifact import write_artifact
from flowserve_ml.connection import Backend, Unreachable
from flowserve_ml.errors import ArtifactError
from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.features.terminal import UNSEEN_TERMINAL
from flowserve_ml.features.vector import feature_row, named_features
from flowserve_ml.generate import transactions
from flowserve_ml.manifest import MANIFEST_FILE, load_manifest
from flowserve_ml.runtime import Model
from flowserve_ml.store import set_current, version_folder

_CUSTOMERS, _TERMINALS, _SEED = 6, 12, 1
_SPAN_DAYS = 6  # below the label delay: none of the samples matures, so their terminals stay unseen
_LARGEST_DIFFERENCE = 1e-9


@dataclass(frozen=True, slots=True)
class Expected:
    """A sample transaction in request form, and what the artifact says of it offline."""

    request: dict[str, Any]
    features: dict[str, float | None]
    score: float
    decision: str


def install(artifact: Path, models: Path) -> Model:
    """Verify and smoke-score `artifact`, copy it into `models` whole, and point `current` at it.

    Older versions stay. Raises ArtifactError if the artifact is not usable or another one has its version.
    """
    model = Model.load(artifact)
    smoke_score(model)
    target = version_folder(models, model.manifest.version)
    if target.resolve() == artifact.resolve() or target.exists():
        if load_manifest(target) != model.manifest:
            raise ArtifactError(
                f"{target} holds another model of the same version; give the new one a new version"
            )
        set_current(models, model.manifest.version)
        return model
    files = {
        path.name: path.read_bytes()
        for path in sorted(artifact.iterdir())
        if path.is_file() and path.name != MANIFEST_FILE
    }
    write_artifact(models, model.manifest, files)
    return Model.load(target)


def smoke_score(model: Model) -> None:
    """Score and explain rows with ordinary, extreme and missing values; raises ArtifactError."""
    for value in (0.0, 1.0, 1e6, math.nan):
        rows = np.full((1, len(FEATURES)), value)
        score = float(model.score(rows)[0])
        raw = float(model.contributions(rows).raw_scores[0])
        if not (0 <= score <= 1 and math.isfinite(raw)):
            raise ArtifactError(f"model {model.manifest.version} scores {score} on rows of {value}")


def samples(model: Model, count: int, now: datetime) -> list[Expected]:
    """Transactions of customers and terminals that nobody has seen, with their offline scores."""
    run = hashlib.sha256(now.isoformat().encode()).hexdigest()[:8]
    histories: dict[str, CustomerHistory] = {}
    expected = []
    for request in transactions(count, _CUSTOMERS, _TERMINALS, _SEED, now, _SPAN_DAYS):
        for name in ("transaction_id", "customer_id", "terminal_id"):
            request[name] = f"connect-{run}-{request[name]}"
        history = histories.setdefault(request["customer_id"], CustomerHistory())
        t = int(datetime.fromisoformat(request["occurred_at"]).timestamp())
        row = feature_row(history, UNSEEN_TERMINAL, t, request["amount"])
        score = float(model.score(np.array([row]))[0])
        decision = model.manifest.policy.decide(score)
        expected.append(Expected(request, named_features(row), score, decision))
    return expected


def wait_until_running(
    backend: Backend, version: str, probes: Iterable[Expected], seconds: float, stream: TextIO
) -> None:
    """Send probes until GET /api/v1/model names `version`; raises Unreachable after `seconds`."""
    deadline = time.monotonic() + seconds
    for probe in probes:
        backend.predict(probe.request, deadline)
        running = backend.running_model()
        if running == version:
            return
        print(f"the backend still runs {running}", file=stream, flush=True)
        if time.monotonic() > deadline:
            break
        time.sleep(1.0)
    raise Unreachable(
        f"{backend.url} does not run {version} after {seconds:.0f} s: is --models the folder that its "
        "scorers read, and what do their logs say about the model?"
    )


def differences(backend: Backend, version: str, expected: list[Expected], seconds: float) -> list[str]:
    """Send the samples in order; every difference from the offline scores as a sentence."""
    deadline = time.monotonic() + seconds
    found = []
    for sample in expected:
        answer = backend.predict(sample.request, deadline)
        found += [f"{sample.request['transaction_id']}: {text}" for text in _compare(sample, answer, version)]
    return found


def _compare(sample: Expected, answer: dict[str, Any], version: str) -> list[str]:
    texts = []
    if answer["model"]["version"] != version:
        texts.append(f"was scored by {answer['model']['version']}")
    if abs(answer["score"] - sample.score) > _LARGEST_DIFFERENCE:
        texts.append(f"score {answer['score']}, offline {sample.score}")
    if answer["decision"] != sample.decision:
        texts.append(f"decision {answer['decision']}, offline {sample.decision}")
    for name, value in sample.features.items():
        if answer["features"].get(name) != value:
            texts.append(f"{name} {answer['features'].get(name)}, offline {value}")
    return texts
