"""Amounts reach the base currency by ISO 4217 minor units and the rate table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowserve_ml.currency import EXPONENTS, RATES, UnsupportedCurrency, to_base_cents


@given(st.integers(0, 10**12))
def test_the_base_currency_is_never_changed(cents: int) -> None:
    assert to_base_cents(cents, "EUR") == cents


@pytest.mark.parametrize(
    ("amount", "currency", "rate", "cents"),
    [
        (1_000, "USD", 0.86, 860),
        (1_000, "JPY", 0.0056, 560),
        (1_000, "KWD", 2.8, 280),
        (10_000, "CLF", 35.0, 3_500),
        (1, "VND", 0.00003, 0),
    ],
)
def test_minor_units_follow_the_currency(amount: int, currency: str, rate: float, cents: int) -> None:
    assert to_base_cents(amount, currency, {currency: rate}) == cents


@pytest.mark.parametrize("currency", ["XXX", "eur", "", "BTC"])
def test_an_unknown_currency_is_refused_by_name(currency: str) -> None:
    with pytest.raises(UnsupportedCurrency, match=repr(currency)) as caught:
        to_base_cents(100, currency)
    assert caught.value.currency == currency


def test_a_rate_without_known_minor_unit_is_refused() -> None:
    with pytest.raises(UnsupportedCurrency):
        to_base_cents(100, "BTC", {"BTC": 60_000.0})


def test_the_tables_are_whole() -> None:
    assert len(RATES) >= 30
    assert set(RATES) <= set(EXPONENTS)
    assert RATES["EUR"] == 1.0
    assert all(rate > 0 for rate in RATES.values())
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)
    assert {EXPONENTS[code] for code in ("JPY", "EUR", "BHD", "UYW")} == {0, 2, 3, 4}
