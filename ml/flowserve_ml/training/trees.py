"""Writes the trees of an ONNX model for `flowserve_ml.trees`, with the mean score of every node."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnx.helper

Inputs = npt.NDArray[np.float32]
_LEAF = -1


@dataclass(slots=True)
class _Ensemble:
    """Arrays over all nodes; children are absolute numbers, `mean` is filled leaf by leaf and upwards."""

    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float32]
    missing_left: npt.NDArray[np.bool_]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    mean: npt.NDArray[np.float64]
    roots: list[int]
    base: float


def trees_json(content: bytes, background: Inputs) -> bytes:
    """The file's content. A node's mean is over the rows of `background` that reach it."""
    ensemble = _read(onnx.load_from_string(content))
    for root in ensemble.roots:
        _fill(ensemble, root, background)
    document = {
        "base": ensemble.base + sum(float(ensemble.mean[root]) for root in ensemble.roots),
        "roots": ensemble.roots,
        "feature": ensemble.feature.tolist(),
        "threshold": ensemble.threshold.tolist(),
        "missing_left": ensemble.missing_left.astype(int).tolist(),
        "left": ensemble.left.tolist(),
        "right": ensemble.right.tolist(),
        "mean": ensemble.mean.tolist(),
    }
    return (json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n").encode()


def _fill(ensemble: _Ensemble, node: int, rows: Inputs) -> float:
    """Mean score of the subtree over `rows`; where none come by, the middle of its children."""
    if ensemble.feature[node] == _LEAF:
        return float(ensemble.mean[node])
    values = rows[:, ensemble.feature[node]]
    goes_left = (values <= ensemble.threshold[node]) | (np.isnan(values) & ensemble.missing_left[node])
    share = goes_left.mean() if len(rows) else 0.5
    left = _fill(ensemble, int(ensemble.left[node]), rows[goes_left])
    right = _fill(ensemble, int(ensemble.right[node]), rows[~goes_left])
    ensemble.mean[node] = share * left + (1 - share) * right
    return float(ensemble.mean[node])


def _read(model: onnx.ModelProto) -> _Ensemble:
    (node,) = [node for node in model.graph.node if node.op_type == "TreeEnsembleClassifier"]
    given: dict[str, Any] = {
        attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute
    }
    trees, numbers = np.array(given["nodes_treeids"]), np.array(given["nodes_nodeids"])
    roots = np.flatnonzero(numbers == 0)
    first = np.repeat(roots, np.diff([*roots, len(trees)]))
    leaf = np.array([mode == b"LEAF" for mode in given["nodes_modes"]])
    mean = np.zeros(len(trees))
    places = roots[np.array(given["class_treeids"])] + np.array(given["class_nodeids"])
    mean[places] = given["class_weights"]
    return _Ensemble(
        feature=np.where(leaf, _LEAF, given["nodes_featureids"]),
        threshold=np.array(given["nodes_values"], dtype=np.float32),
        missing_left=np.array(given["nodes_missing_value_tracks_true"], dtype=bool),
        left=np.where(leaf, 0, first + given["nodes_truenodeids"]),
        right=np.where(leaf, 0, first + given["nodes_falsenodeids"]),
        mean=mean,
        roots=roots.tolist(),
        base=float(given["base_values"][0]),
    )
