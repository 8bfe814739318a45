"""Reasons come with every review and decline, from a closed list, in a fixed order."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.policy import Decision
from flowserve_ml.reasons import FALLBACK_CODE, REASON_CODES, explain

ORDINARY = {"amount": 20.0, "amount_tail": math.nan, "customer_ratio": 1.0, "customer_count_1d": 1.0}

numbers = st.floats(0, 1e6)
any_row = st.fixed_dictionaries(
    dict.fromkeys(FEATURES, numbers) | {"amount_tail": numbers | st.just(math.nan)}
)


def row(**values: float) -> list[float]:
    return [(ORDINARY | values).get(name, 0.0) for name in FEATURES]


@given(any_row, st.sampled_from(["review", "decline"]))
def test_every_review_and_decline_has_reasons_from_the_closed_list(
    values: dict[str, float], decision: Decision
) -> None:
    reasons = explain([values[name] for name in FEATURES], decision)
    assert reasons
    for reason in reasons:
        assert reason.code in REASON_CODES
        assert reason.value == values[reason.feature]
        assert math.isfinite(reason.value)
        assert reason.message.endswith(".")
        assert "nan" not in reason.message
    assert reasons == explain([values[name] for name in FEATURES], decision)


def test_an_approval_needs_no_reason() -> None:
    assert explain(row(amount=5_000.0, customer_ratio=80.0), "approve") == []


@pytest.mark.parametrize(
    ("feature", "value", "code"),
    [
        ("customer_ratio", 6.3, "amount_above_usual"),
        ("amount", 240.0, "amount_in_top_range"),
        ("customer_anomalies_14d", 2.0, "several_unusual_amounts"),
        ("customer_max_ratio_7d", 4.0, "recent_high_amount"),
        ("customer_count_1d", 12.0, "many_transactions_in_a_day"),
    ],
)
def test_a_value_that_stands_out_is_the_reason(feature: str, value: float, code: str) -> None:
    (reason,) = explain(row(**{feature: value}), "review")
    assert (reason.code, reason.feature, reason.value) == (code, feature, value)


def test_the_sentence_is_one_that_an_analyst_would_say() -> None:
    reason = explain(row(amount=412.0, customer_ratio=6.3), "decline")[0]
    assert reason.message == "The amount is 6.3 times what this customer usually pays."


def test_nothing_that_stands_out_gives_the_fallback() -> None:
    (reason,) = explain(row(), "review")
    assert (reason.code, reason.feature, reason.value) == (FALLBACK_CODE, "amount", 20.0)


def test_a_thousand_explanations_take_less_than_a_second() -> None:
    worst = row(amount=412.0, customer_ratio=6.3, customer_anomalies_14d=3.0, customer_max_ratio_7d=7.0)
    start = time.perf_counter()
    for _ in range(1_000):
        explain(worst, "decline")
    assert time.perf_counter() - start < 1
