"""A trained model, ready to score feature rows with onnxruntime; its file is trusted through its manifest."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

# Read as onnxruntime is loaded. Otherwise its official builds send events about their use to their maker
# over the network, and keep an id of the machine in the home folder. Nobody asked for either.
os.putenv("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from flowserve_ml.errors import ArtifactError
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.manifest import MODEL_FILE, Manifest, load_manifest, read_file
from flowserve_ml.policy import Decision
from flowserve_ml.reasons import Reason, reasons_of
from flowserve_ml.trees import TREES_FILE, Contributions, Trees

Floats = npt.NDArray[np.float64]

_PROBABILITIES = "probabilities"


class Model:
    """Scores rows in one thread: a batch is parallel over partitions already, and busy cores punish pools."""

    def __init__(self, manifest: Manifest, content: bytes, trees: bytes) -> None:
        self.manifest = manifest
        self._columns = [FEATURES.index(feature) for feature in manifest.features]
        self._session = _session(content)
        self._input = self._session.get_inputs()[0].name
        width = self._session.get_inputs()[0].shape[1]
        if width != len(self._columns):
            raise ArtifactError(
                f"model {manifest.version} reads {width} inputs, its manifest names {len(self._columns)}"
            )
        self._trees = Trees.parse(trees, len(self._columns))

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Load a model folder; raises ArtifactError before any byte of an unverified file is interpreted."""
        manifest = load_manifest(folder)
        return cls(manifest, read_file(folder, manifest, MODEL_FILE), read_file(folder, manifest, TREES_FILE))

    def score(self, rows: Floats) -> Floats:
        """Calibrated probabilities of fraud, shape (n,), for rows (n, len(FEATURES)); NaN means missing.

        A row's score does not depend on the rows beside it.
        """
        if rows.ndim != 2 or rows.shape[1] != len(FEATURES):
            raise ValueError(f"rows must have shape (n, {len(FEATURES)}), not {rows.shape}")
        if not len(rows):
            return np.empty(0)
        inputs = rows[:, self._columns].astype(np.float32)
        (probabilities,) = self._session.run([_PROBABILITIES], {self._input: inputs})
        return undo_sampling(probabilities[:, 1].astype(np.float64), self.manifest.keep_rate)

    def contributions(self, rows: Floats) -> Contributions:
        """What each of the model's features added to the raw scores of rows (n, len(FEATURES))."""
        return self._trees.contributions(rows[:, self._columns])

    def explain(self, rows: Floats, decisions: Sequence[Decision]) -> list[list[Reason]]:
        """By row its reasons, the weightiest first: none when approved, else at least one. Deterministic."""
        flagged = [place for place, decision in enumerate(decisions) if decision != "approve"]
        reasons: list[list[Reason]] = [[] for _ in decisions]
        if flagged:
            explained = rows[flagged]
            added = self.contributions(explained).by_feature.tolist()
            for place, row, moves in zip(flagged, explained.tolist(), added, strict=True):
                reasons[place] = reasons_of(row, dict(zip(self.manifest.features, moves, strict=True)))
        return reasons


def undo_sampling(scores: Floats, keep_rate: float) -> Floats:
    """Probabilities on all rows from those of a model that saw `keep_rate` of the genuine ones.

    p = b q / (b q + 1 - q): keeping a share b of the genuine rows multiplies the odds of fraud by 1 / b.
    """
    kept = keep_rate * scores
    return kept / (kept + 1 - scores)


def _session(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises several unrelated types
        raise ArtifactError(f"onnxruntime cannot read the model: {error}") from error
