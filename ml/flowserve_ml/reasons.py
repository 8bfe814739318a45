"""Why a transaction was reviewed or declined: a closed list of codes tied to features.

First form: rules on the feature row, the same on every door. The sentences are for fraud analysts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flowserve_ml.features.definitions import ANOMALY_RATIO, FEATURES, TAIL_AMOUNT
from flowserve_ml.policy import Decision

FALLBACK_CODE: Final = "combined_pattern"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: `value` is the value of `feature` in the transaction's row, never NaN."""

    code: str
    feature: str
    value: float
    message: str


@dataclass(frozen=True, slots=True)
class _Rule:
    code: str
    feature: str
    holds: Callable[[float], bool]
    sentence: str


# In the order in which an analyst would read them.
_RULES: Final = (
    _Rule(
        "amount_above_usual",
        "customer_ratio",
        lambda value: value > ANOMALY_RATIO,
        "The amount is {value:.1f} times what this customer usually pays.",
    ),
    _Rule(
        "amount_in_top_range",
        "amount",
        lambda value: value > TAIL_AMOUNT,
        "The amount of {value:.2f} (base currency) is in the top range of all transactions.",
    ),
    _Rule(
        "several_unusual_amounts",
        "customer_anomalies_14d",
        lambda value: value >= 2,
        "The customer already had {value:.0f} unusually high amounts in the last 14 days.",
    ),
    _Rule(
        "recent_high_amount",
        "customer_max_ratio_7d",
        lambda value: value > ANOMALY_RATIO,
        "In the last 7 days the customer paid up to {value:.1f} times the usual amount.",
    ),
    _Rule(
        "many_transactions_in_a_day",
        "customer_count_1d",
        lambda value: value >= 10,
        "This is transaction number {value:.0f} of the customer within 24 hours.",
    ),
)
_FALLBACK: Final = _Rule(
    FALLBACK_CODE,
    "amount",
    lambda _: True,
    "No single value stands out; the amount of {value:.2f} (base currency) together with the customer's "
    "history resembles earlier frauds.",
)

REASON_CODES: Final[tuple[str, ...]] = tuple(rule.code for rule in (*_RULES, _FALLBACK))
"""Every code there is; codes are added, never renamed."""

_PLACED_RULES: Final = tuple((rule, FEATURES.index(rule.feature)) for rule in _RULES)


def explain(row: Sequence[float], decision: Decision) -> list[Reason]:
    """Reasons for a row in FEATURES order: none when approved, at least one otherwise.

    A missing value (NaN) never gives a reason. Deterministic, some microseconds.
    """
    if decision == "approve":
        return []
    reasons = [_reason(rule, row[column]) for rule, column in _PLACED_RULES if rule.holds(row[column])]
    return reasons or [_reason(_FALLBACK, row[FEATURES.index(_FALLBACK.feature)])]


def _reason(rule: _Rule, value: float) -> Reason:
    return Reason(rule.code, rule.feature, value, rule.sentence.format(value=value))
