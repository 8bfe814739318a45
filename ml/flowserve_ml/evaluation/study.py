"""Where the score comes from: other model families, feature groups left out, and the spread over seeds."""

from collections.abc import Mapping
from typing import Any, TextIO

from flowserve_ml.evaluation.early_labels import without_delay
from flowserve_ml.evaluation.leaks import NOISE
from flowserve_ml.evaluation.ranked import Judge, boosted, forest, logistic
from flowserve_ml.evaluation.spread import spread
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.training.data import Data
from flowserve_ml.training.fit import MODEL_FEATURES
from flowserve_ml.training.split import Split

SEEDS = (11, 12, 13, 14, 15)

_GROUPS: dict[str, tuple[str, ...]] = {
    "all of the model's features": MODEL_FEATURES,
    "without amount_tail": tuple(name for name in MODEL_FEATURES if name != "amount_tail"),
    "without the customer's history": tuple(
        name for name in MODEL_FEATURES if not name.startswith("customer")
    ),
    "without the terminal's history": tuple(
        name for name in MODEL_FEATURES if not name.startswith("terminal")
    ),
    "every feature there is": FEATURES,
    "raw fields only": ("amount", "weekend", "night"),
}


def study(data: Mapping[str, Data], split: Split, seed: int, stream: TextIO) -> dict[str, Any]:
    """Train on the first data set in several ways and rank the test weeks of the second, or its own if there
    is none; train on each and judge on the others. Progress goes to `stream`.

    Every entry holds average precision and card precision, and their share of the optimum where it is known.
    """
    judges = {name: Judge(each, split) for name, each in data.items()}
    own, *others = judges.values()
    judge = others[0] if others else own
    training = next(iter(data.values()))
    groups = {
        name: judge(boosted(training, split, seed, group), name, stream) for name, group in _GROUPS.items()
    }
    found = {
        "feature_groups": groups,
        "model_families": {
            "boosted trees": groups["all of the model's features"],
            "random forest": judge(forest(training, split, seed), "random forest", stream),
            "logistic regression": judge(logistic(training, split, seed), "logistic regression", stream),
        },
        "seeds": {
            str(other): judge(boosted(training, split, other, MODEL_FEATURES), f"seed {other}", stream)
            for other in SEEDS
        },
        "label_delay": _label_delay(training, own, split, seed, stream),
    }
    if len(data) > 1:
        found["other_data"] = spread(data, judges, split, seed, stream)
    return found


def _label_delay(data: Data, judge: Judge, split: Split, seed: int, stream: TextIO) -> dict[str, Any]:
    """The test weeks of `data` itself, as it is and with terminals that learn every label at once."""
    early = without_delay(data)
    honest = judge(boosted(data, split, seed, MODEL_FEATURES), "label delay of 7 days", stream)
    scorer = boosted(early, split, seed, MODEL_FEATURES)
    leaking = judge.on(early)(scorer, "no label delay", stream)
    found: dict[str, Any] = {"with": honest, "without": leaking}
    if "average_precision_share" in leaking:
        found["alarm_rings"] = leaking["average_precision_share"] > 1 + NOISE
    return found
