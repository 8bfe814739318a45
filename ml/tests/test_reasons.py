"""Reasons come with every review and decline, from a closed list, by what the trees made of the row."""

import math
import time

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowserve_ml.features.definitions import FEATURES
from flowserve_ml.policy import Decision
from flowserve_ml.reasons import FALLBACK_CODE, MOST_REASONS, reasons_of
from flowserve_ml.runtime import Model
from flowserve_ml.training.fit import MODEL_FEATURES

ORDINARY = {"amount": 20.0, "amount_tail": math.nan, "customer_ratio": 1.0, "terminal_run_age": -1.0}

CODES = {
    "amount_above_usual",
    "amount_in_top_range",
    "several_unusual_amounts",
    "recent_high_amount",
    "terminal_recent_fraud",
    "terminal_ordinary_frauds",
    "terminal_long_without_genuine",
    FALLBACK_CODE,
}

numbers = st.floats(-1, 1e6)
any_row = st.fixed_dictionaries(
    dict.fromkeys(FEATURES, numbers) | {"amount_tail": numbers | st.just(math.nan)}
)
any_contributions = st.fixed_dictionaries(dict.fromkeys(MODEL_FEATURES, st.floats(-8, 8)))


def row(**values: float) -> list[float]:
    return [(ORDINARY | values).get(name, 0.0) for name in FEATURES]


@given(any_row, any_contributions)
def test_there_are_always_reasons_and_only_from_the_closed_list(
    values: dict[str, float], contributions: dict[str, float]
) -> None:
    reasons = reasons_of([values[name] for name in FEATURES], contributions)
    assert 1 <= len(reasons) <= MOST_REASONS
    for reason in reasons:
        assert reason.code in CODES
        assert reason.value == values[reason.feature]
        assert math.isfinite(reason.value)
        assert reason.message.endswith(".")
        assert "nan" not in reason.message
    weights = [reason.contribution for reason in reasons]
    assert weights == sorted(weights, reverse=True)
    assert reasons == reasons_of([values[name] for name in FEATURES], contributions)


@pytest.mark.parametrize(
    ("counts", "feature", "value", "code"),
    [
        ("customer_ratio", "customer_ratio", 6.3, "amount_above_usual"),
        ("amount_tail", "amount", 240.0, "amount_in_top_range"),
        ("amount", "amount", 240.0, "amount_in_top_range"),
        ("customer_anomalies_14d", "customer_anomalies_14d", 2.0, "several_unusual_amounts"),
        ("customer_max_ratio_7d", "customer_max_ratio_7d", 4.0, "recent_high_amount"),
        ("terminal_last_label", "terminal_run_age", 9.5, "terminal_recent_fraud"),
        ("terminal_run_ordinary", "terminal_run_ordinary", 3.0, "terminal_ordinary_frauds"),
        ("terminal_since_genuine", "terminal_since_genuine", 30.0, "terminal_long_without_genuine"),
    ],
)
def test_a_feature_that_raised_the_score_is_the_reason(
    counts: str, feature: str, value: float, code: str
) -> None:
    (reason,) = reasons_of(row(**{feature: value}), {counts: 2.0, "amount": 0.0} | {counts: 2.0})
    assert (reason.code, reason.feature, reason.value, reason.contribution) == (code, feature, value, 2.0)


def test_what_lowered_the_score_or_hardly_raised_it_is_no_reason() -> None:
    values = row(customer_ratio=6.3, terminal_run_ordinary=2.0, customer_max_ratio_7d=5.0)
    contributions = {"customer_ratio": 3.0, "terminal_run_ordinary": -1.0, "customer_max_ratio_7d": 0.1}
    assert [reason.code for reason in reasons_of(values, contributions)] == ["amount_above_usual"]


def test_the_sentence_is_one_that_an_analyst_would_say() -> None:
    reason = reasons_of(row(amount=412.0, customer_ratio=6.3), {"customer_ratio": 1.0})[0]
    assert reason.message == "The amount is 6.3 times what this customer usually pays."


def test_nothing_that_stands_out_gives_the_fallback() -> None:
    (reason,) = reasons_of(row(), {"amount": 0.2})
    assert (reason.code, reason.feature, reason.value) == (FALLBACK_CODE, "amount", 20.0)


@pytest.mark.parametrize(("decision", "given_"), [("approve", False), ("review", True), ("decline", True)])
def test_a_model_explains_reviews_and_declines_only(
    models_model: Model, rows: npt.NDArray[np.float64], decision: Decision, given_: bool
) -> None:
    some = rows[::5_000]
    for reasons in models_model.explain(some, [decision] * len(some)):
        assert bool(reasons) is given_


def test_an_explanation_takes_less_than_a_fifth_of_a_millisecond(
    models_model: Model, rows: npt.NDArray[np.float64]
) -> None:
    riskiest = rows[[int(np.argmax(models_model.score(rows)))]]
    best = math.inf
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(50):
            models_model.explain(riskiest, ["decline"])
        best = min(best, (time.perf_counter() - start) / 50)
    assert best < 200e-6
