"""What each feature added to a row's score: the trees of the model once more, walked for all rows at once.

Path attribution: every split on a row's way moves the tree's mean score from that of the node to that of the
child, and the move belongs to the split's feature. The moves and the base add up to the raw score exactly.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowserve_ml.errors import ArtifactError

TREES_FILE = "trees.json"
_FIELDS = ("feature", "threshold", "missing_left", "left", "right", "mean")
_LEAF = -1
_ROWS_AT_ONCE = 512  # the nodes that so many rows stand at still fit into a processor's cache

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contributions:
    """In log-odds: what the mean row scores, and what each model feature of each row added to that.

    `by_feature` is of shape (n, number of the model's features).
    """

    base: float
    by_feature: Floats

    @property
    def raw_scores(self) -> Floats:
        """Log-odds of fraud before `undo_sampling`, shape (n,)."""
        scores: Floats = self.base + self.by_feature.sum(axis=1)
        return scores


class Trees:
    """All nodes in columns, as `training.trees` writes them. A leaf has the feature _LEAF.

    Raises ArtifactError if the columns do not describe trees over `features` inputs.
    """

    def __init__(self, base: float, roots: list[int], columns: dict[str, list[Any]], features: int) -> None:
        self._base = base
        self._features = features
        self._roots: Integers = np.array(roots, dtype=np.int64)
        self._feature, self._left, self._right = (
            np.array(columns[name], dtype=np.int64) for name in ("feature", "left", "right")
        )
        self._threshold, mean = (np.array(columns[name], dtype=np.float64) for name in ("threshold", "mean"))
        self._missing_left = np.array(columns["missing_left"], dtype=bool)
        inner = self._feature != _LEAF
        ahead = np.minimum(self._left, self._right) > np.arange(len(inner))
        fits = self._feature.min() >= _LEAF and self._feature.max() < features and bool(ahead[inner].all())
        if not fits:
            raise ArtifactError(f"{TREES_FILE} does not fit a model of {features} features")
        # What a step to the left or to the right adds to the mean.
        self._to_left, self._to_right = mean[self._left] - mean, mean[self._right] - mean

    @classmethod
    def parse(cls, content: bytes, features: int) -> "Trees":
        """Raises ArtifactError if the file does not describe trees over `features` inputs."""
        try:
            document = json.loads(content)
            columns = {name: document[name] for name in _FIELDS}
            base, roots = float(document["base"]), [int(root) for root in document["roots"]]
            return cls(base, roots, columns, features)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ArtifactError(f"{TREES_FILE} does not describe trees: {error!r}") from None

    def contributions(self, inputs: Floats) -> Contributions:
        """Of rows of model inputs (NaN = missing), compared in float32, as the model does.

        What is said of a row does not depend on the rows beside it.
        """
        parts = range(0, len(inputs), _ROWS_AT_ONCE)
        walked = [self._walked(inputs[first : first + _ROWS_AT_ONCE]) for first in parts]
        return Contributions(self._base, np.vstack([np.empty((0, self._features)), *walked]))

    def _walked(self, inputs: Floats) -> Floats:
        """One step down all trees at a time; a place is the number of a row's input among all inputs."""
        values = inputs.astype(np.float32).astype(np.float64).ravel()
        first_places = np.arange(len(inputs)) * self._features
        nodes = np.tile(self._roots, len(inputs))
        rows = np.repeat(first_places, len(self._roots))
        added = np.zeros(len(values))
        while True:
            inner = self._feature[nodes] != _LEAF
            nodes, rows = nodes[inner], rows[inner]
            if not len(nodes):
                return added.reshape(len(inputs), self._features)
            places = rows + self._feature[nodes]
            value = values[places]
            left = (value <= self._threshold[nodes]) | (np.isnan(value) & self._missing_left[nodes])
            moves = np.where(left, self._to_left[nodes], self._to_right[nodes])
            added += np.bincount(places, weights=moves, minlength=len(values))
            nodes = np.where(left, self._left[nodes], self._right[nodes])
