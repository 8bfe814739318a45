"""The manifest of a trained model: what it is, what it reads, and the hash of its file.

`runtime` loads a model through it, `store` finds it, `training` writes it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flowserve_ml.costs import Costs
from flowserve_ml.errors import ArtifactError
from flowserve_ml.features.definitions import DEFINITIONS_VERSION
from flowserve_ml.fields import FieldError, Fields
from flowserve_ml.policy import Policy
from flowserve_ml.trees import TREES_FILE

__all__ = ["MANIFEST_FILE", "MODEL_FILE", "ArtifactError", "Manifest", "load_manifest", "read_file"]

MANIFEST_FILE = "manifest.json"
MODEL_FILE = "model.onnx"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a process must know before it trusts `model.onnx` and `trees.json`.

    `sha256` and `trees_sha256` vouch for the two files. `policy` decides; `costs` are those it was chosen for
    and may be changed with it, without training. `features` are the model's inputs in its order, `keep_rate`
    is the share of genuine rows it was trained on, `rates` are major units of the base currency per major
    unit, `trained_at` is RFC 3339 in UTC.
    """

    name: str
    version: str
    sha256: str
    trees_sha256: str
    features: tuple[str, ...]
    definitions_version: int
    keep_rate: float
    policy: Policy
    costs: Costs
    base_currency: str
    rates: dict[str, float]
    trained_at: str
    training: dict[str, Any]
    metrics: dict[str, Any]
    libraries: dict[str, str]

    def to_json(self) -> str:
        """The file's text, the same for the same manifest."""
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"


def load_manifest(folder: Path) -> Manifest:
    """Read and check `folder`/manifest.json; raises ArtifactError.

    The files beside it are checked by `read_file`.
    """
    path = folder / MANIFEST_FILE
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ArtifactError(f"{path} is missing: {folder} is not a model folder") from None
    except ValueError as error:
        raise ArtifactError(f"{path} is not valid JSON: {error}") from None
    try:
        manifest = _parse(Fields(document))
    except (FieldError, ValueError) as error:
        raise ArtifactError(f"{path}: {error}") from None
    if manifest.version != folder.name:
        raise ArtifactError(f"{path} is version {manifest.version!r} but lies in folder {folder.name!r}")
    return manifest


def read_file(folder: Path, manifest: Manifest, name: str) -> bytes:
    """The bytes of MODEL_FILE or TREES_FILE if the manifest vouches for them; raises ArtifactError."""
    path = folder / name
    wanted = {MODEL_FILE: manifest.sha256, TREES_FILE: manifest.trees_sha256}[name]
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArtifactError(f"{path} is missing: restore it or choose another version") from None
    found = hashlib.sha256(content).hexdigest()
    if found != wanted:
        raise ArtifactError(
            f"{path} has SHA-256 {found}, its manifest says {wanted}: "
            "the file is damaged or not the one that was trained; restore it"
        )
    return content


def _parse(fields: Fields) -> Manifest:
    version = fields.integer("definitions_version")
    if version != DEFINITIONS_VERSION:
        raise FieldError(
            f"trained on feature definitions {version}, this code computes {DEFINITIONS_VERSION}: "
            "train again or install the matching flowserve-ml"
        )
    policy, costs = fields.section("policy"), fields.section("costs")
    manifest = Manifest(
        name=fields.text("name"),
        version=fields.text("version"),
        sha256=fields.sha256("sha256"),
        trees_sha256=fields.sha256("trees_sha256"),
        features=fields.features("features"),
        definitions_version=version,
        keep_rate=fields.share("keep_rate"),
        policy=Policy(review=policy.share("review"), decline=policy.share("decline")),
        costs=Costs(
            review=costs.positive("review"),
            false_decline=costs.positive("false_decline"),
            missed_fraud=costs.positive("missed_fraud"),
            found_in_review=costs.share("found_in_review"),
        ),
        base_currency=fields.text("base_currency"),
        rates=fields.rates("rates"),
        trained_at=fields.text("trained_at"),
        training=fields.mapping("training"),
        metrics=fields.mapping("metrics"),
        libraries=fields.texts("libraries"),
    )
    policy.finish()
    costs.finish()
    fields.finish()
    if manifest.rates.get(manifest.base_currency) != 1.0:
        raise FieldError(f"rates: the base currency {manifest.base_currency} must have rate 1")
    return manifest
