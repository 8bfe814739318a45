"""What each feature added to a row's score: the trees of the model once more, walked in Python.

Path attribution: every split on a row's way moves the tree's mean score from that of the node to that of the
child, and the move belongs to the split's feature. The moves and the base add up to the raw score exactly.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowserve_ml.errors import ArtifactError

TREES_FILE = "trees.json"
_FIELDS = ("feature", "threshold", "missing_left", "left", "right", "mean")
_LEAF = -1

_Node = tuple[int, float, bool, int, int, float, float]
"""Feature (or _LEAF), threshold, whether a missing value goes left, children, what they add to the mean."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """In log-odds: what the mean row scores, and what each model feature of this row added to that."""

    base: float
    by_feature: tuple[float, ...]

    @property
    def raw_score(self) -> float:
        """Log-odds of fraud before `undo_sampling`."""
        return self.base + math.fsum(self.by_feature)


class Trees:
    """The nodes of all trees in one list, as `training.trees` writes them."""

    def __init__(self, base: float, roots: list[int], nodes: list[_Node], features: int) -> None:
        self._base = base
        self._roots = roots
        self._nodes = nodes
        self._features = features

    @classmethod
    def parse(cls, content: bytes, features: int) -> "Trees":
        """Raises ArtifactError if the file does not describe trees over `features` inputs."""
        try:
            document = json.loads(content)
            columns = [document[name] for name in _FIELDS]
            nodes = [_node(columns, number) for number in range(len(columns[0]))]
            base, roots = float(document["base"]), [int(root) for root in document["roots"]]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ArtifactError(f"{TREES_FILE} does not describe trees: {error!r}") from None
        used = {node[0] for node in nodes}
        backward = any(min(node[3:5]) <= place for place, node in enumerate(nodes) if node[0] != _LEAF)
        if not nodes or max(used) >= features or min(used) < _LEAF or backward:
            raise ArtifactError(f"{TREES_FILE} does not fit a model of {features} features")
        return cls(base, roots, nodes, features)

    def contributions(self, inputs: Sequence[float]) -> Contributions:
        """Of one row of model inputs (NaN = missing); they are compared in float32, as the model does."""
        values = np.asarray(inputs, dtype=np.float32).tolist()
        nodes = self._nodes
        added = [0.0] * self._features
        for root in self._roots:
            feature, threshold, missing_left, left, right, add_left, add_right = nodes[root]
            while feature >= 0:
                value = values[feature]
                if value <= threshold or (missing_left and value != value):
                    added[feature] += add_left
                    following = left
                else:
                    added[feature] += add_right
                    following = right
                feature, threshold, missing_left, left, right, add_left, add_right = nodes[following]
        return Contributions(self._base, tuple(added))


def _node(columns: list[list[Any]], number: int) -> _Node:
    feature, threshold, missing_left, left, right, mean = (column[number] for column in columns)
    means = columns[-1]
    if feature == _LEAF:
        return _LEAF, 0.0, False, 0, 0, 0.0, 0.0
    return (
        int(feature),
        float(threshold),
        bool(missing_left),
        int(left),
        int(right),
        float(means[left]) - float(mean),
        float(means[right]) - float(mean),
    )
