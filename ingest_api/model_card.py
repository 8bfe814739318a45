"""The card of a model, as its manifest gives it: where there is one below the folder of models."""

import logging
from pathlib import Path
from typing import Any

import msgspec

from ingest_api.manifests import manifest_bytes

logger = logging.getLogger(__name__)


class Policy(msgspec.Struct, frozen=True):
    """Scores from which on a transaction is reviewed, and declined."""

    review: float
    decline: float


class Training(msgspec.Struct, frozen=True):
    """What it learned from. `rows` of `transactions` were used."""

    source: str
    transactions: int
    rows: int
    classifier: str
    policy_rule: str


class Quality(msgspec.Struct, frozen=True):
    """How well it ranks on some weeks; an interval is of 95 %."""

    name: str
    transactions: int
    average_precision: float
    roc_auc: float
    card_precision_100: float
    average_precision_interval: list[float] | None = None


class ModelCard(msgspec.Struct, frozen=True):
    """The facts of the manifest that a reader of scores needs."""

    policy: Policy
    trained_at: str
    training: Training
    metrics: list[Quality]


class _Manifest(msgspec.Struct):
    policy: Policy
    trained_at: str
    training: Training
    metrics: dict[str, dict[str, Any]]


_decoder = msgspec.json.Decoder(_Manifest)


class ModelCards:
    """Reads each version's manifest once; a version's folder never changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, ModelCard] = {}

    def card(self, version: str) -> ModelCard | None:
        """None where this machine has no such manifest, or it cannot be read."""
        if version not in self._read:
            card = self._load(version)
            if card is None:
                return None
            self._read[version] = card
        return self._read[version]

    def _load(self, version: str) -> ModelCard | None:
        try:
            content = manifest_bytes(self._folder, version)
            return None if content is None else _card(_decoder.decode(content))
        except OSError:
            return None
        except msgspec.MsgspecError as error:
            logger.warning("the manifest of a model cannot be read: %s", error)
            return None


def _card(manifest: _Manifest) -> ModelCard:
    quality = [msgspec.convert({**facts, "name": name}, Quality) for name, facts in manifest.metrics.items()]
    return ModelCard(manifest.policy, manifest.trained_at, manifest.training, quality)
