"""Random labels cannot be foretold: what foretells them has got hold of them, and is refused."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from conftest import START

from flowserve_ml.evaluation.leaks import LeakSuspected, refuse_knowing_random_labels, shuffled_labels
from flowserve_ml.features.definitions import DAY_SECONDS, FEATURES, MATURITY_SECONDS, TERMINAL_FEATURES
from flowserve_ml.features.stream import Log, feature_rows
from flowserve_ml.features.terminal import TerminalHistory
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import Transactions, simulate
from flowserve_ml.training.split import Split

RECIPE = Recipe(customers=500, terminals=1_000, days=100, bad_terminals_per_day=1, lost_cards_per_day=1)
SPLIT = Split.of(RECIPE.days, warm_up_days=20, weeks=3)
Rows = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def transactions() -> Transactions:
    return simulate(RECIPE, START, seed=41)


def own_label(log: Log) -> Rows:
    """No label delay, and the very label is in: each terminal learns a transaction before it is asked."""
    rows = feature_rows(log)
    histories = [TerminalHistory() for _ in range(int(log.terminals.max()) + 1)]
    for number, (t, terminal, fraud) in enumerate(
        zip(log.times.tolist(), log.terminals.tolist(), log.due_frauds.tolist(), strict=True)
    ):
        histories[terminal].settle(t)
        histories[terminal].add(t, fraud, True, number)
        rows[number, -len(TERMINAL_FEATURES) :] = histories[terminal].view(t + MATURITY_SECONDS)
    return rows


def own_label_now_and_then(log: Log) -> Rows:
    """The same for one transaction in twenty."""
    rows, leaking = feature_rows(log), np.arange(len(log.times)) % 20 == 0
    rows[leaking] = own_label(log)[leaking]
    return rows


def encoded_customers(log: Log) -> Rows:
    """The customer's share of frauds over the whole log, later ones included, in place of a count."""
    rows = feature_rows(log)
    shares = np.bincount(log.customers, log.due_frauds) / np.maximum(np.bincount(log.customers), 1)
    rows[:, FEATURES.index("customer_anomalies_14d")] = shares[log.customers]
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_honest_features_foretell_no_random_label(transactions: Transactions, seed: int) -> None:
    found = refuse_knowing_random_labels(transactions, SPLIT, seed)
    assert found["roc_auc"] == pytest.approx(0.5, abs=0.1)
    assert found["roc_auc"] < found["roc_auc_limit"] < 0.6
    assert found["average_precision_by_chance"] < found["average_precision_limit"] < 0.05


@pytest.mark.parametrize("leak", [own_label, own_label_now_and_then, encoded_customers])
def test_a_label_that_reaches_its_own_features_is_noticed(
    transactions: Transactions, leak: Callable[[Log], Rows]
) -> None:
    with pytest.raises(LeakSuspected, match="labels that are random were foretold"):
        refuse_knowing_random_labels(transactions, SPLIT, 1, leak)


def test_shuffling_keeps_the_frauds_and_the_delays_of_their_reports(transactions: Transactions) -> None:
    reported = transactions.times + np.arange(len(transactions)) % 9 * DAY_SECONDS
    late = replace(transactions, reported=reported)
    shuffled = shuffled_labels(late, seed=1)
    assert np.array_equal(np.sort(shuffled.scenario), np.sort(late.scenario))
    assert not np.array_equal(shuffled.scenario, late.scenario)
    assert shuffled.reported is not None
    pairs = [
        sorted(zip(each.scenario.tolist(), (each.reported - each.times).tolist(), strict=True))
        for each in (late, shuffled)
        if each.reported is not None
    ]
    assert pairs[0] == pairs[1]
