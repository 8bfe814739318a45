"""`python -m benchmarks.floors.model PATH`: trains the one model of the floors, 9 features and 100 trees."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import skl2onnx
from sklearn.ensemble import HistGradientBoostingClassifier

_ROWS, _FEATURES, _SEED = 200_000, 9, 7
_make_attribute = onnx.helper.make_attribute


def _attribute(name: str, value: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401  (onnx's own signature)
    """onnx from 1.19 on refuses the bools and numpy integers that skl2onnx puts into integer attributes."""
    if (
        isinstance(value, list | tuple | np.ndarray)
        and len(value)
        and isinstance(value[0], bool | np.integer)
    ):
        value = [int(entry) for entry in value]
    elif isinstance(value, bool | np.integer):
        value = int(value)
    return _make_attribute(name, value, *rest, **named)


def train() -> bytes:
    """The model as ONNX: input `X` of shape (n, 9), output `probabilities` of shape (n, 2)."""
    chance = np.random.default_rng(_SEED)
    rows = chance.normal(size=(_ROWS, _FEATURES)).astype(np.float32)
    rows[:, 0] = chance.lognormal(3.5, 1.0, _ROWS)
    odds = 0.02 * rows[:, 0] + rows[:, 1] * rows[:, 2] + np.sin(3 * rows[:, 3])
    odds += (rows[:, 4] > 1.5) * 2 + rows[:, 5] - 7
    frauds = chance.random(_ROWS) < 1 / (1 + np.exp(-odds))
    trees = HistGradientBoostingClassifier(
        max_iter=100, max_leaf_nodes=31, early_stopping=False, random_state=0
    ).fit(rows, frauds)
    onnx.helper.make_attribute = _attribute  # type: ignore[assignment]
    made = skl2onnx.to_onnx(
        trees, rows[:1], options={id(trees): {"zipmap": False}}, target_opset={"": 18, "ai.onnx.ml": 3}
    )
    content: bytes = made.SerializeToString()
    return content


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(train())
