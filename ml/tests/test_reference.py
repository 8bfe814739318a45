"""The folds equal an independent implementation on 200,000 hard rows, and the comparison sees mistakes."""

from dataclasses import fields
from datetime import date

import numpy as np
import numpy.typing as npt
import pytest
from reference import DAY, MATURITY, MISTAKES, expected_rows

from flowserve_ml.features.definitions import FEATURES, MAY_BE_MISSING
from flowserve_ml.features.stream import Log, feature_rows
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate

RECIPE = Recipe(customers=800, terminals=1_500, days=150, bad_terminals_per_day=1, lost_cards_per_day=1)
FLOATS = ("customer_ratio", "customer_max_ratio_7d", "terminal_run_age", "terminal_since_genuine")
EXACT = [number for number, name in enumerate(FEATURES) if name not in FLOATS]


def picked(log: Log, rows: npt.NDArray[np.bool_]) -> Log:
    return Log(*(getattr(log, field.name)[rows] for field in fields(Log)))


@pytest.fixture(scope="module")
def log() -> Log:
    """Late rows, rows of the same second, labels due to the second, late reports and one long absence."""
    drawn = simulate(RECIPE, date(2026, 4, 1), seed=17)
    rng = np.random.default_rng(11)
    times, customers, terminals = drawn.times.copy(), drawn.customers, drawn.terminals
    for owners, step in ((customers, [0]), (terminals, [0, MATURITY - 1, MATURITY, MATURITY + 1])):
        order = np.argsort(owners, kind="stable")
        follows = np.flatnonzero(owners[order][1:] == owners[order][:-1])
        chosen = rng.choice(follows, len(follows) // 25, replace=False)
        times[order[chosen + 1]] = times[order[chosen]] + rng.choice(step, len(chosen))
    # Log order is the order of arrival: events come up to three hours, a few of them ten days late.
    lateness = rng.choice([0, 1, 3 * 3_600, 10 * DAY], len(times), p=[0.9, 0.06, 0.03, 0.01])
    arrival = times + (rng.random(len(times)) * lateness).astype(np.int64)
    order = np.argsort(arrival, kind="stable")
    absent = (customers == 0) & (times > times.min() + 10 * DAY) & (times < times.min() + 60 * DAY)
    order = order[~absent[order]]
    reported = rng.random(len(times)) < 0.95
    frauds = drawn.is_fraud & reported
    return picked(Log(times, customers, terminals, drawn.cents, frauds), order)


def test_the_folds_equal_the_reference_on_200_000_rows(log: Log) -> None:
    assert len(log.times) >= 200_000
    folded, expected = feature_rows(log), expected_rows(log).to_numpy()
    np.testing.assert_array_equal(folded[:, EXACT], expected[:, EXACT])
    np.testing.assert_allclose(folded, expected, rtol=1e-9, atol=1e-9)
    missing = [FEATURES[number] for number in np.flatnonzero(np.isnan(folded).any(axis=0))]
    assert tuple(missing) == MAY_BE_MISSING


def test_the_log_holds_what_makes_the_comparison_hard(log: Log) -> None:
    rows = expected_rows(picked(log, log.customers < 200))
    marks = np.maximum.accumulate(log.times)
    assert (log.times < marks).sum() > 5_000
    assert (log.times < marks - 7_200).sum() > 1_000
    order = np.lexsort((log.times, log.terminals))
    steps, together = np.diff(log.times[order]), np.diff(log.terminals[order]) == 0
    for step in (0, MATURITY - 1, MATURITY, MATURITY + 1):
        assert (steps[together] == step).sum() > 10
    assert (rows["terminal_last_label"] == 1).sum() > 100
    assert np.diff(np.sort(log.times[log.customers == 0])).max() > 45 * DAY


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_comparison_sees_a_seeded_mistake(log: Log, mistake: str) -> None:
    part = picked(log, log.terminals < 200)
    folded, wrong = feature_rows(part), expected_rows(part, mistake).to_numpy()
    different = ~np.isclose(folded, wrong, rtol=1e-9, atol=1e-9, equal_nan=True)
    different[:, EXACT] = (folded[:, EXACT] != wrong[:, EXACT]) & ~np.isnan(wrong[:, EXACT])
    assert different.any()


def test_a_window_is_open_on_the_left_to_the_second() -> None:
    times = np.array([0, DAY, 7 * DAY, 30 * DAY]) + 1_790_000_000
    nobody, cents = np.zeros(4, np.int32), np.array([100, 200, 300, 400])
    part = Log(times, nobody, nobody, cents, np.zeros(4, np.bool_))
    np.testing.assert_allclose(feature_rows(part), expected_rows(part).to_numpy(), rtol=1e-9)
    assert not np.array_equal(feature_rows(part), expected_rows(part, "closed on the left"), equal_nan=True)
