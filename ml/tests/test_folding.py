"""A log may be folded part by part: the rows are those of the whole, and only the horizon is remembered."""

from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from flowserve_ml.features.definitions import (
    DAY_SECONDS,
    FEATURES,
    HORIZON_SECONDS,
    ORDINARY_AMOUNT,
    ORDINARY_RATIO,
    SLACK_SECONDS,
)
from flowserve_ml.features.stream import Folding, Log, feature_rows
from flowserve_ml.features.terminal import ordinaries, ordinary
from flowserve_ml.features.transaction import transaction_features, transaction_rows
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate

START = 1_780_272_000  # the first second of June 2026


@pytest.fixture(scope="module")
def log() -> Log:
    """Some 15,000 rows of 150 days, a tenth of them late by up to ten days; half of the customers leave."""
    recipe = Recipe(customers=80, terminals=150, days=150, bad_terminals_per_day=1, lost_cards_per_day=1)
    drawn = simulate(recipe, date(2026, 4, 1), seed=3).log
    rng = np.random.default_rng(1)
    late = rng.choice([0, 3 * 3_600, 10 * DAY_SECONDS], len(drawn.times), p=[0.9, 0.07, 0.03])
    order = np.argsort(drawn.times + (rng.random(len(late)) * late).astype(np.int64), kind="stable")
    middle = drawn.times.min() + 60 * DAY_SECONDS
    away = (drawn.customers % 2 == 0) & (drawn.times > middle) & (drawn.times < middle + 50 * DAY_SECONDS)
    return part_of(drawn, order[~away[order]])


def part_of(log: Log, rows: "np.typing.NDArray[np.intp] | slice") -> Log:
    return Log(*(getattr(log, field.name)[rows] for field in fields(Log)))


@pytest.mark.parametrize("rows", [1, 97, 4_000])
def test_parts_give_the_rows_of_the_whole_to_the_last_bit(log: Log, rows: int) -> None:
    count = len(log.times) if rows > 1 else 1_000
    folding, names = Folding(), range(1_000)
    found = []
    for first in range(0, count, rows):
        found.append(folding.rows(part_of(log, slice(first, min(first + rows, count))), names, names))
        folding.forget_idle()
    np.testing.assert_array_equal(np.vstack(found), feature_rows(part_of(log, slice(0, count))))


def test_a_part_without_rows_changes_nothing(log: Log) -> None:
    folding, names = Folding(), range(1_000)
    assert folding.rows(part_of(log, slice(0, 0)), names, names).shape == (0, len(FEATURES))
    np.testing.assert_array_equal(folding.rows(log, names, names), feature_rows(log))


def test_a_part_may_number_its_customers_and_terminals_as_it_likes(log: Log) -> None:
    folding, whole = Folding(), feature_rows(log)
    half = len(log.times) // 2
    first, second = part_of(log, slice(0, half)), part_of(log, slice(half, None))
    turned = Log(
        second.times, 999 - second.customers, 999 - second.terminals, second.cents, second.due_frauds
    )
    names = list(range(1_000))
    found = [folding.rows(first, names, names), folding.rows(turned, names[::-1], names[::-1])]
    np.testing.assert_array_equal(np.vstack(found), whole)


def test_who_comes_late_sees_a_terminal_that_the_newest_no_longer_see() -> None:
    """Within the slack a late transaction has the view of its own time, also between two parts."""
    mark = START + HORIZON_SECONDS + SLACK_SECONDS // 2
    times = np.array([START, mark, mark - SLACK_SECONDS])
    owners, cents = np.array([0, 1, 2], dtype=np.int32), np.full(3, 1_000)
    whole = Log(times, owners, np.array([0, 1, 0], dtype=np.int32), cents, np.zeros(3, dtype=bool))
    folding, names = Folding(), range(3)
    found = [folding.rows(part_of(whole, slice(0, 2)), names, names)]
    folding.forget_idle()
    found.append(folding.rows(part_of(whole, slice(2, None)), names, names))
    np.testing.assert_array_equal(np.vstack(found), feature_rows(whole))
    assert found[1][0, FEATURES.index("terminal_last_label")] == 0


def test_who_stays_away_for_the_horizon_is_forgotten_however_long_the_log() -> None:
    folding = Folding()
    known = []
    for day in range(0, 200, 10):
        newcomers = [f"{day}-{number}" for number in range(7)]
        times = np.full(7, START + day * DAY_SECONDS)
        numbers = np.arange(7, dtype=np.int32)
        part = Log(times, numbers, numbers, np.full(7, 1_000), np.zeros(7, dtype=bool))
        folding.rows(part, newcomers, newcomers)
        folding.forget_idle()
        known.append(len(folding))
    days = (HORIZON_SECONDS + SLACK_SECONDS) // DAY_SECONDS // 10 + 1
    assert max(known) == 2 * 7 * days
    assert known[-1] == known[days]


def test_many_transactions_at_once_have_the_features_of_each() -> None:
    rng = np.random.default_rng(2)
    times = START + rng.integers(0, 14 * DAY_SECONDS, 5_000)
    cents = rng.integers(0, 40_000, 5_000)
    expected = [transaction_features(*pair) for pair in zip(times.tolist(), cents.tolist(), strict=True)]
    np.testing.assert_array_equal(transaction_rows(times, cents), np.array(expected))


def test_many_transactions_at_once_are_as_ordinary_as_each() -> None:
    ratios = np.array([0.0, 1.0, ORDINARY_RATIO - 1e-9, ORDINARY_RATIO, 9.0]).repeat(3)
    cents = np.array([0, int(ORDINARY_AMOUNT * 100), int(ORDINARY_AMOUNT * 100) + 1] * 5)
    expected = [ordinary(*pair) for pair in zip(ratios.tolist(), cents.tolist(), strict=True)]
    assert ordinaries(ratios, cents).tolist() == expected
