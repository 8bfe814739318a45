"""Figures are what their definitions say, the optimum is right about itself, and a leak is caught."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import START
from sklearn.metrics import average_precision_score

from flowserve_ml.cli import main
from flowserve_ml.evaluation.bootstrap import card_weights, precision_interval
from flowserve_ml.evaluation.calibration import brier_score, reliability
from flowserve_ml.evaluation.early_labels import without_delay
from flowserve_ml.evaluation.judge import judge, judged_rows, share_of_optimum
from flowserve_ml.evaluation.leaks import LeakSuspected, refuse_too_good
from flowserve_ml.evaluation.optimum import optimal_scores
from flowserve_ml.evaluation.ranking import CardDay, RankedRows, card_days
from flowserve_ml.evaluation.study import study
from flowserve_ml.policy import Policy
from flowserve_ml.runtime import undo_sampling
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate, truth_of
from flowserve_ml.training.data import Data
from flowserve_ml.training.fit import KEEP_RATE, MODEL_FEATURES, fit, model_inputs
from flowserve_ml.training.split import Split

RECIPE = Recipe(customers=1_200, terminals=2_000, days=110, bad_terminals_per_day=1, lost_cards_per_day=1)
SPLIT = Split.of(RECIPE.days, warm_up_days=30, weeks=3)
POLICY = Policy(0.05, 0.5)


@pytest.fixture(scope="module")
def medium() -> Data:
    return Data.fold(simulate(RECIPE, START, seed=21), truth_of(RECIPE, 21), io.StringIO())


@pytest.fixture(scope="module")
def other() -> Data:
    """The same recipe, other customers, terminals and frauds."""
    return Data.fold(simulate(RECIPE, date(2026, 1, 1), seed=22), truth_of(RECIPE, 22), io.StringIO())


def figures(trained_on: Data, judged: Data, names: tuple[str, ...] = MODEL_FEATURES) -> dict[str, Any]:
    """Shares of the optimum that training on one reaches on the test weeks of the other."""
    training = trained_on.training_rows(SPLIT)
    model = fit(trained_on.rows[training], trained_on.transactions.is_fraud[training], 1, names)
    rows = judged_rows(judged.transactions, SPLIT.test, SPLIT.end, SPLIT.train)
    scores = undo_sampling(model.predict_proba(model_inputs(judged.rows[rows], names))[:, 1], KEEP_RATE)
    found = judge(judged.transactions, rows, scores, POLICY)
    assert judged.truth is not None
    found |= share_of_optimum(judged.transactions, judged.truth, rows, found)
    return found


def test_average_precision_is_that_of_scikit_learn_also_with_ties_and_weights() -> None:
    rng = np.random.default_rng(1)
    scores, frauds = rng.integers(0, 30, 500) / 30, rng.random(500) < 0.2
    weights = rng.integers(0, 4, 500).astype(float)
    ranked = RankedRows(scores, frauds)
    assert ranked.average_precision() == pytest.approx(average_precision_score(frauds, scores))
    expected = average_precision_score(frauds, scores, sample_weight=weights)
    assert ranked.average_precision(weights) == pytest.approx(expected)


def test_card_precision_takes_each_cards_highest_score_and_says_what_ties_may_do() -> None:
    days = card_days(
        np.array([1, 1, 2, 3], np.int32),
        np.array([0, 0, 0, 1]),
        np.array([0.1, 0.9, 0.5, 0.3]),
        np.array([True, False, False, True]),
    )
    assert [day.precision() for day in days] == [(0.5, 0.5, 0.5), (1.0, 1.0, 1.0)]
    tied = CardDay(np.append(np.ones(90), np.zeros(40)), np.arange(130) >= 100, np.arange(130))
    worst, expected, best = tied.precision()
    assert (worst, best) == (0.0, 0.1)
    assert expected == pytest.approx(10 * 30 / 40 / 100)


def test_an_interval_by_card_holds_the_value_and_is_reproducible() -> None:
    rng = np.random.default_rng(2)
    cards, scores = rng.integers(0, 200, 4_000).astype(np.int32), rng.random(4_000)
    frauds = rng.random(4_000) < scores**6
    ranked = RankedRows(scores, frauds)
    low, high = precision_interval([ranked], [cards], card_weights(200, 3))
    assert low < ranked.average_precision() < high
    assert [low, high] == precision_interval([ranked], [cards], card_weights(200, 3))


def test_a_calibrated_score_lies_on_the_diagonal() -> None:
    rng = np.random.default_rng(3)
    scores = rng.beta(0.3, 3, 100_000)
    frauds = rng.random(len(scores)) < scores
    for line in (line for line in reliability(scores, frauds) if line["transactions"] > 1_000):
        assert line["fraud_share"] == pytest.approx(line["mean_score"], abs=0.03)
    assert brier_score(frauds.astype(float), frauds) == 0.0


def test_the_optimum_expects_as_many_frauds_as_there_are() -> None:
    recipe = Recipe(days=70, customers=4_000, terminals=8_000)
    ratios = []
    for seed in (31, 32):
        drawn = simulate(recipe, START, seed)
        rows = np.flatnonzero(drawn.days >= 42)
        scores = optimal_scores(drawn, truth_of(recipe, seed), rows)
        ratios.append(scores.sum() / drawn.is_fraud[rows].sum())
        assert scores.min() >= 0
        assert scores.max() <= 1
    assert np.mean(ratios) == pytest.approx(1, abs=0.05)


def test_a_model_comes_close_to_the_optimum_on_a_simulation_it_has_not_seen(
    medium: Data, other: Data
) -> None:
    share = figures(medium, other)["share_of_optimum"]["average_precision"]
    assert 0.93 < share < 1.03


def test_raw_fields_only_are_far_below(medium: Data, other: Data) -> None:
    raw = figures(medium, other, ("amount", "weekend", "night"))
    assert raw["share_of_optimum"]["average_precision"] < 0.5


def test_labels_without_delay_set_off_the_alarm(medium: Data, other: Data) -> None:
    honest = figures(medium, other)
    refuse_too_good(honest, "honest")
    dishonest = figures(without_delay(medium), without_delay(other))
    assert dishonest["average_precision"] > 1.1 * honest["average_precision"]
    with pytest.raises(LeakSuspected, match="times the best possible scorer's"):
        refuse_too_good(dishonest, "without delay")


def test_the_study_compares_groups_families_and_seeds(medium: Data, other: Data) -> None:
    found = study({"medium": medium, "other": other}, SPLIT, 1, io.StringIO())
    groups = {name: entry["average_precision"] for name, entry in found["feature_groups"].items()}
    everything = groups["all of the model's features"]
    assert groups["raw fields only"] < groups["without the terminal's history"] < everything
    assert groups["without the customer's history"] < everything
    families = found["model_families"]
    assert families["logistic regression"]["average_precision"] < everything
    spread = [entry["average_precision_share"] for entry in found["seeds"].values()]
    assert len(spread) == 5
    assert max(spread) - min(spread) < 0.05
    assert found["label_delay"]["alarm_rings"]
    assert list(found["other_data"]["pairs"]) == [
        "trained on medium; judged on other",
        "trained on other; judged on medium",
    ]
    shares = found["other_data"]["shares"]["average_precision_share"]
    assert 0.85 < shares["min"] <= shares["mean"] <= shares["max"] < 1.03


def test_evaluate_prints_the_figures(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = [
        "--days",
        "70",
        "--customers",
        "900",
        "--terminals",
        "1500",
        "--warm-up-days",
        "14",
        "--weeks",
        "1",
    ]
    assert main(["evaluate", "--simulate", *size, "--models", str(models), "--seed", "4"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == "1.0"
    assert 0.5 < found["share_of_optimum"]["average_precision"] < 1.03
