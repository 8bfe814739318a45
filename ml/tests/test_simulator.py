"""The simulation is reproducible and its frauds are those of the three scenarios."""

from datetime import date

import numpy as np
import pytest

from flowserve_ml.errors import InputError
from flowserve_ml.simulation.frauds import BAD_TERMINAL, GENUINE, LARGE_AMOUNT, LOST_CARD
from flowserve_ml.simulation.population import draw_population
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import Transactions, simulate, truth_of

START = date(2026, 4, 1)
DAY = 86_400


@pytest.fixture(scope="module")
def month() -> Transactions:
    """A month of the default population: enough rows for shares to be steady."""
    return simulate(Recipe(days=40), START, seed=5)


def test_the_same_seed_gives_the_same_transactions() -> None:
    recipe = Recipe(customers=100, terminals=200, days=20)
    first, again, other = (simulate(recipe, START, seed) for seed in (1, 1, 2))
    for name in ("times", "customers", "terminals", "cents", "scenario"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.cents[:100], other.cents[:100])


def test_times_ascend_within_the_days_asked_for(month: Transactions) -> None:
    assert (np.diff(month.times) >= 0).all()
    assert month.day_count == 40
    assert month.first_day == (START - date(1970, 1, 1)).days
    hours = month.times % DAY / 3_600
    assert 11.8 < hours.mean() < 12.2


def test_volume_and_shares_of_fraud_are_as_the_recipe_intends(month: Transactions) -> None:
    assert 370_000 < len(month) < 400_000
    grown = month.days >= 28  # bad terminals pile up during the first four weeks
    assert 0.006 < month.is_fraud[grown].mean() < 0.011
    share = np.bincount(month.scenario[grown], minlength=4) / month.is_fraud[grown].sum()
    assert 0.04 < share[LARGE_AMOUNT] < 0.11
    assert 0.52 < share[BAD_TERMINAL] < 0.72
    assert 0.24 < share[LOST_CARD] < 0.42


def test_large_amounts_are_never_genuine(month: Transactions) -> None:
    assert (month.cents[month.scenario == GENUINE] <= 22_000).all()
    assert (month.cents[month.scenario == LARGE_AMOUNT] > 22_000).all()
    assert (month.cents >= 1).all()


def test_a_bad_terminal_is_bad_for_every_transaction_of_its_days() -> None:
    recipe = Recipe(
        customers=200, terminals=20, days=60, bad_terminals_per_day=1, bad_terminal_days=60, reach=50
    )
    bad = simulate(recipe, START, seed=2)
    late = bad.days == 59
    assert (np.isin(bad.scenario[late], (BAD_TERMINAL, LOST_CARD))).mean() > 0.9


def test_the_truth_is_that_of_the_population_that_pays() -> None:
    recipe = Recipe(customers=50, terminals=80)
    population = draw_population(recipe, np.random.default_rng(4))
    assert np.array_equal(truth_of(recipe, 4).mean_amounts, population.mean_amount)


def test_everyone_has_a_terminal_even_where_none_is_in_reach() -> None:
    population = draw_population(Recipe(customers=600, terminals=2, reach=0.1), np.random.default_rng(1))
    assert (np.diff(population.starts) >= 1).all()
    assert len(population.starts) == 601


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"days": 0}, "days must be above 0"),
        ({"customers": -5}, "customers must be above 0"),
        ({"customers": 2}, "2 customers are too few"),
        ({"terminals": 1}, "1 terminals are too few"),
        ({"lowest_mean_amount": 100.0}, "must be below"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Recipe(**arguments)  # type: ignore[arg-type]
