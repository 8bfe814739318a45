"""Other thresholds for a trained model: a new version with the same trees, and figures that fit."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flowserve_ml.artifact import require_new_version, write_artifact
from flowserve_ml.card import CARD_FILE, STUDY_FILE, model_card
from flowserve_ml.costs import Costs
from flowserve_ml.errors import ArtifactError
from flowserve_ml.manifest import MODEL_FILE, Manifest, read_file
from flowserve_ml.policy import Policy
from flowserve_ml.rates import SCORES_FILE, Counts, rates_at, read_counts
from flowserve_ml.runtime import Model
from flowserve_ml.trees import TREES_FILE

_OF_THRESHOLDS = (
    "review_share",
    "decline_share",
    "review_precision",
    "decline_precision",
    "recall_by_scenario",
    "segments",
)
"""Figures of a manifest that other thresholds change."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What shall hold: the policy, the costs it goes with, and the sentence that says where it comes from."""

    policy: Policy
    costs: Costs
    rule: str


def change_thresholds(
    source: Path, models: Path, version: str, thresholds: Thresholds, now: datetime, use: bool
) -> Manifest:
    """Write `models`/`version`, whole or not at all: the trees of folder `source` under other thresholds.

    With `use` it is put in use. Raises InputError if the version exists, ArtifactError if `source` is not
    usable.
    """
    require_new_version(models, version)
    before = Model.load(source).manifest
    counts = read_counts(source)
    changed = {"from": before.version, "at": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    manifest = replace(
        before,
        version=version,
        policy=thresholds.policy,
        costs=thresholds.costs,
        training={**before.training, "policy_rule": thresholds.rule, "policy_changed": changed},
        metrics={
            weeks: _figures(figures, counts.get(weeks), thresholds.policy)
            for weeks, figures in before.metrics.items()
        },
    )
    files = {name: read_file(source, before, name) for name in (MODEL_FILE, TREES_FILE)}
    for name in (STUDY_FILE, SCORES_FILE):
        if (source / name).is_file():
            files[name] = (source / name).read_bytes()
    files[CARD_FILE] = model_card(manifest, _study(source)).encode()
    write_artifact(models, manifest, files, use=use)
    return manifest


def _figures(figures: dict[str, Any], counts: Counts | None, policy: Policy) -> dict[str, Any]:
    kept = {name: value for name, value in figures.items() if name not in _OF_THRESHOLDS}
    return kept if counts is None else {**kept, **rates_at(counts, policy)}


def _study(folder: Path) -> dict[str, Any]:
    path = folder / STUDY_FILE
    if not path.is_file():
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError as error:
        raise ArtifactError(f"{path} is not valid JSON: {error}; restore it or remove it") from None
    return found
