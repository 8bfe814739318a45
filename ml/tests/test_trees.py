"""Contributions of features add up to the raw score of the very model that is served."""

import json
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowserve_ml.errors import ArtifactError
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.runtime import Model, undo_sampling
from flowserve_ml.training.fit import MODEL_FEATURES
from flowserve_ml.trees import Trees

Rows = npt.NDArray[np.float64]


def assert_they_add_up(model: Model, rows: Rows) -> None:
    sums = model.contributions(rows).raw_scores
    p = model.score(rows)
    np.testing.assert_allclose(undo_sampling(1 / (1 + np.exp(-sums)), model.manifest.keep_rate), p, atol=1e-6)
    steady = (p > 1e-6) & (p < 0.5)  # beyond, a probability in float32 no longer tells the log-odds
    log_odds = np.log(p[steady] / (1 - p[steady])) - math.log(model.manifest.keep_rate)
    np.testing.assert_allclose(sums[steady], log_odds, atol=2e-5)


def test_contributions_add_up_to_the_raw_score(models_model: Model, rows: Rows) -> None:
    riskiest = np.argsort(models_model.score(rows))[-300:]
    assert_they_add_up(models_model, np.vstack([rows[::23], rows[riskiest]]))


def test_what_is_said_of_a_row_does_not_depend_on_the_rows_beside_it(models_model: Model, rows: Rows) -> None:
    together = models_model.contributions(rows[:1_300]).by_feature
    alone = [
        models_model.contributions(rows[place : place + 1]).by_feature[0] for place in (0, 511, 512, 1_299)
    ]
    assert np.array_equal(together[[0, 511, 512, 1_299]], np.array(alone))
    assert models_model.contributions(rows[:0]).by_feature.shape == (0, len(MODEL_FEATURES))


@settings(max_examples=50)
@given(st.lists(st.floats(-1e4, 1e4) | st.just(math.nan), min_size=len(FEATURES), max_size=len(FEATURES)))
def test_they_add_up_for_any_row_with_missing_values_too(models_model: Model, row: list[float]) -> None:
    assert_they_add_up(models_model, np.array([row]))


def test_a_feature_at_no_split_of_the_way_adds_nothing() -> None:
    document = {
        "base": -1.0,
        "roots": [0],
        "feature": [1, -1, -1],
        "threshold": [2.0, 0.0, 0.0],
        "missing_left": [1, 0, 0],
        "left": [1, 0, 0],
        "right": [2, 0, 0],
        "mean": [0.5, 0.25, 1.5],
    }
    trees = Trees.parse(json.dumps(document).encode(), 3)
    found = trees.contributions(np.array([[9.0, 2.0, 9.0], [9.0, math.nan, 9.0], [9.0, 2.1, 9.0]]))
    assert found.by_feature[:2].tolist() == [[0.0, -0.25, 0.0]] * 2
    assert found.raw_scores[2] == 0.0
    document["right"] = [0, 0, 0]
    with pytest.raises(ArtifactError, match="does not fit"):
        Trees.parse(json.dumps(document).encode(), 3)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"base": 1, "roots": [0]}'])
def test_a_file_that_describes_no_trees_is_refused(content: bytes) -> None:
    with pytest.raises(ArtifactError, match="does not describe trees"):
        Trees.parse(content, len(MODEL_FEATURES))
