"""Drift: nothing where rows are like the training rows, much where they are not."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowserve_ml.drift import BASELINE, Baseline, baseline
from flowserve_ml.errors import ArtifactError
from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.manifest import load_manifest
from flowserve_ml.store import current_folder

MODELS = Path(__file__).parent.parent / "models"
AMOUNT = FEATURES.index("amount")


def some_rows(count: int, seed: int) -> npt.NDArray[np.float64]:
    random = np.random.default_rng(seed)
    rows = random.exponential(50.0, (count, len(FEATURES)))
    rows[random.random(rows.shape) < 0.1] = np.nan
    rows[:, FEATURES.index("terminal_last_label")] = random.random(count) < 0.01
    return rows


@pytest.fixture(scope="module")
def known() -> Baseline:
    found = Baseline.of({BASELINE: baseline(some_rows(50_000, 1))})
    assert found is not None
    return found


def test_rows_of_the_same_kind_have_not_drifted(known: Baseline) -> None:
    assert max(known.psi(known.counts(some_rows(1_000, 2))).values()) < 0.06


def test_a_feature_that_moves_is_named_and_the_others_are_not(known: Baseline) -> None:
    rows = some_rows(5_000, 3)
    rows[:, AMOUNT] *= 100
    found = known.psi(known.counts(rows))
    assert found.pop("amount") > 0.25
    assert max(found.values()) < 0.1


def test_values_that_go_missing_are_drift(known: Baseline) -> None:
    rows = some_rows(5_000, 4)
    rows[:, AMOUNT] = np.nan
    assert known.psi(known.counts(rows))["amount"] > 0.25


def test_a_rare_kind_that_becomes_frequent_is_drift(known: Baseline) -> None:
    rows = some_rows(5_000, 5)
    rows[:, FEATURES.index("terminal_last_label")] = np.arange(5_000) % 2
    assert known.psi(known.counts(rows))["terminal_last_label"] > 0.25


def test_the_features_of_the_clock_cannot_drift(known: Baseline) -> None:
    assert set(known.bins) == set(FEATURES) - {"weekend", "night"}


def test_counts_of_parts_add_up_to_those_of_the_whole(known: Baseline) -> None:
    rows = some_rows(1_000, 6)
    whole, first, rest = known.counts(rows), known.counts(rows[:300]), known.counts(rows[300:])
    for name in known.bins:
        assert (whole[name] == first[name] + rest[name]).all()
        assert whole[name].sum() == 1_000


@given(st.lists(st.one_of(st.just(float("nan")), st.floats(-1e9, 1e9)), min_size=1, max_size=40))
def test_any_training_rows_give_a_baseline_that_reads_back(values: list[float]) -> None:
    rows = np.tile(np.array(values)[:, None], (1, len(FEATURES)))
    found = Baseline.of({BASELINE: json.loads(json.dumps(baseline(rows)))})
    assert found is not None
    for psi in found.psi(found.counts(rows)).values():
        assert psi == pytest.approx(0, abs=1e-3)


def test_a_model_without_a_baseline_has_none() -> None:
    assert Baseline.of({"seed": 7}) is None


@pytest.mark.parametrize(
    "bad",
    [
        [],
        {"amount": {}},
        {"amount": {"edges": [1, 1], "shares": [0.25] * 4}},
        {"amount": {"edges": [1], "shares": [0.5, 0.5]}},
        {"amount": {"edges": [1], "shares": [0.5, 0.5, 0.5]}},
        {"amount": {"edges": ["x"], "shares": [1, 0, 0]}},
        {"moon_phase": {"edges": [1], "shares": [0.5, 0.5, 0]}},
    ],
)
def test_a_baseline_that_cannot_be_is_refused(bad: object) -> None:
    with pytest.raises(ArtifactError, match=r"training.drift_baseline cannot be read"):
        Baseline.of({BASELINE: bad})


def test_the_committed_model_has_one() -> None:
    found = Baseline.of(load_manifest(current_folder(MODELS)).training)
    assert found is not None
    assert len(found.bins) == len(FEATURES) - 2
