"""Transactions in the form of a request, for demonstrations and load; needs no training libraries."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from flowserve_ml.errors import InputError
from flowserve_ml.features.definitions import DAY_SECONDS
from flowserve_ml.simulation.genuine import draw_cents
from flowserve_ml.simulation.population import draw_population
from flowserve_ml.simulation.recipe import Recipe

SPAN_DAYS = 30
_LOST_CARD_CUSTOMERS = 0.1


def transactions(
    count: int, customers: int, terminals: int, seed: int, now: datetime, span_days: int = SPAN_DAYS
) -> Iterator[dict[str, Any]]:
    """`count` requests with ascending `occurred_at` (RFC 3339, UTC) in the `span_days` days before `now`.

    A tenth of the customers lose their card half-way: a third of their later amounts are five times as large,
    so that every decision occurs. The same arguments give the same requests; raises InputError if one makes
    no sense.
    """
    if count < 0:
        raise InputError(f"count must not be negative, not {count}")
    if now.tzinfo is None:
        raise InputError("now needs a time zone")
    recipe = Recipe(customers=customers, terminals=terminals, bad_terminals_per_day=1, lost_cards_per_day=1)
    rng = np.random.default_rng(seed)
    population = draw_population(recipe, rng)
    weights = population.daily_rate / population.daily_rate.sum()
    payers = rng.choice(customers, count, p=weights).astype(np.int32)
    places = population.choose_terminals(payers, rng)
    cents = draw_cents(population, payers, rng)
    _lose_cards(payers, cents, recipe, rng)
    ages = np.sort(rng.integers(1, span_days * DAY_SECONDS, count))[::-1]
    times = int(now.timestamp()) - ages
    # Another run must not reuse an id with another body: that would be an idempotency conflict. The letters
    # keep the digits apart, so that no id can look like a card number.
    run = f"{int(now.timestamp()):x}-s{seed}"
    for number, (payer, place, amount, time) in enumerate(
        zip(payers, places, cents, times, strict=True), start=1
    ):
        yield {
            "transaction_id": f"tx-{run}-n{number:07d}",
            "customer_id": f"c-{payer:05d}",
            "terminal_id": f"t-{place:05d}",
            "amount": int(amount),
            "currency": "EUR",
            "occurred_at": datetime.fromtimestamp(int(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def _lose_cards(
    payers: npt.NDArray[np.int32], cents: npt.NDArray[np.int64], recipe: Recipe, rng: np.random.Generator
) -> None:
    lost = rng.choice(recipe.customers, max(1, round(recipe.customers * _LOST_CARD_CUSTOMERS)), replace=False)
    later = np.arange(len(payers)) >= len(payers) // 2
    taken = later & np.isin(payers, lost) & (rng.random(len(payers)) < 1 / recipe.lost_card_share)
    cents[taken] *= recipe.lost_card_factor
