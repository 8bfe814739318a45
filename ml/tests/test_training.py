"""Training: forward in time, on due labels only, and exported without loss."""

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from flowserve_ml.errors import InputError
from flowserve_ml.evaluation.judge import judge, judged_rows
from flowserve_ml.manifest import load_manifest
from flowserve_ml.policy import Policy
from flowserve_ml.runtime import Model, undo_sampling
from flowserve_ml.simulator import Transactions
from flowserve_ml.training.data import Data
from flowserve_ml.training.export import to_onnx_bytes
from flowserve_ml.training.fit import KEEP_RATE, MODEL_FEATURES, fit, model_inputs
from flowserve_ml.training.run import PARITY_LIMIT, Order, Origin, train
from flowserve_ml.training.split import LABEL_DELAY_DAYS, Split

Rows = npt.NDArray[np.float64]
DAY = 86_400
MONDAY = 20_000 * DAY
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def purchases(*rows: tuple[float, int, int]) -> Transactions:
    """Transactions of (days since the start, customer, scenario)."""
    days, customers, scenario = (np.array(column) for column in zip(*rows, strict=True))
    times = (MONDAY + days * DAY).astype(np.int64)
    zeros = np.zeros(len(rows), np.int32)
    return Transactions(
        times, customers.astype(np.int32), zeros, np.full(len(rows), 100), scenario.astype(np.int8)
    )


def test_labels_of_the_training_days_are_due_before_the_first_judged_day() -> None:
    split = Split.of(183, warm_up_days=37, weeks=4)
    assert split == Split(train=37, train_end=120, validate=127, test=155, end=183)
    assert split.validate - split.train_end == LABEL_DELAY_DAYS


@pytest.mark.parametrize(("days", "warm_up", "weeks"), [(113, 37, 4), (60, -1, 1), (60, 10, 0)])
def test_a_split_that_leaves_nothing_to_train_on_is_refused(days: int, warm_up: int, weeks: int) -> None:
    with pytest.raises(InputError):
        Split.of(days, warm_up, weeks)
    assert Split.of(114, 37, 4).train_end == 51


def test_training_twice_with_one_seed_gives_the_same_file(rows: Rows, transactions: Transactions) -> None:
    first, again, other = (to_onnx_bytes(fit(rows, transactions.is_fraud, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len(first) < 300_000


def test_the_written_model_agrees_with_a_freshly_trained_one(
    models: Path, rows: Rows, transactions: Transactions
) -> None:
    split = Split.of(transactions.day_count, warm_up_days=14, weeks=1)
    days = transactions.days
    training = (days >= split.train) & (days < split.train_end)
    classifier = fit(rows[training], transactions.is_fraud[training], seed=3)
    trained = undo_sampling(classifier.predict_proba(model_inputs(rows))[:, 1], KEEP_RATE)
    served = Model.load(models / "1.0").score(rows)
    assert np.abs(trained - served).max() <= PARITY_LIMIT


def test_contributions_add_up_to_the_raw_score_of_the_trained_model(
    models_model: Model, rows: Rows, transactions: Transactions
) -> None:
    split = Split.of(transactions.day_count, warm_up_days=14, weeks=1)
    training = (transactions.days >= split.train) & (transactions.days < split.train_end)
    classifier = fit(rows[training], transactions.is_fraud[training], seed=3)
    sample = rows[::101]
    explained = models_model.contributions(sample).raw_scores
    np.testing.assert_allclose(explained, classifier.decision_function(model_inputs(sample)), atol=1e-5)


def test_the_manifest_tells_how_the_model_was_made(models: Path) -> None:
    manifest = load_manifest(models / "1.0")
    assert manifest.features == MODEL_FEATURES
    assert manifest.keep_rate == KEEP_RATE
    assert manifest.trained_at == "2026-11-23T12:00:00Z"
    assert manifest.training["source"] == "simulation, seed 3"
    assert {"validation", "test"} == set(manifest.metrics)
    assert "scikit-learn" in manifest.libraries
    card = (models / "1.0" / "MODEL_CARD.md").read_text()
    assert f"{manifest.policy.decline:.4f}" in card
    assert str(manifest.metrics["test"]["average_precision"]) in card


def test_the_model_ranks_frauds_far_above_chance(models: Path) -> None:
    test = load_manifest(models / "1.0").metrics["test"]
    assert test["average_precision"] > 2 * test["fraud_share"]
    assert test["roc_auc"] > 0.55


def test_a_version_is_never_written_twice(models: Path, data: Data) -> None:
    before = (models / "1.0" / "manifest.json").read_bytes()
    split = Split.of(data.transactions.day_count, warm_up_days=14, weeks=1)
    with pytest.raises(InputError, match="exists already"):
        train(data, Origin("again", 1, {}, False), split, Order(models, "1.0", NOW), io.StringIO())
    assert (models / "1.0" / "manifest.json").read_bytes() == before
    assert sorted(path.name for path in models.iterdir()) == ["1.0", "current"]


def test_cards_known_bad_by_a_day_are_not_judged_on_it() -> None:
    log = purchases((0, 9, 0), (1, 1, 1), (2.5, 2, 3), (8, 1, 0), (9, 2, 0), (10, 2, 0), (10, 3, 0))
    # Customer 1's label is due on day 8 at midnight; customer 2's at noon of day 9, so it counts from day 10.
    assert judged_rows(log, first_day=8, end_day=11, train_day=0).tolist() == [4, 6]


def test_frauds_from_before_the_training_days_make_no_card_known() -> None:
    log = purchases((0, 9, 0), (1, 1, 1), (9, 1, 0))
    assert judged_rows(log, first_day=8, end_day=11, train_day=2).tolist() == [2]


def test_figures_of_a_perfect_scorer_are_perfect() -> None:
    log = purchases((0, 1, 0), (1, 2, 1), (2, 3, 0), (7, 4, 3), (8, 5, 0))
    scores = log.is_fraud.astype(float)
    figures = judge(log, np.arange(5), scores, Policy(review=0.2, decline=0.5))
    assert figures["average_precision_by_week"] == [1.0, 1.0]
    assert figures["roc_auc"] == figures["decline_precision"] == figures["expected_to_actual_frauds"] == 1.0
    assert figures["decline_share"] == 0.4
    assert figures["review_precision"] is None
    assert figures["recall_by_scenario"] == {"large_amount": 1.0, "lost_card": 1.0}


def test_a_week_without_fraud_cannot_be_judged() -> None:
    log = purchases((0, 1, 0), (1, 2, 1), (7, 4, 0))
    with pytest.raises(InputError, match="no fraud"):
        judge(log, np.arange(3), np.zeros(3), Policy(review=0.2, decline=0.5))
