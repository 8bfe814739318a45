"""Why a transaction was reviewed or declined: a closed list of codes, weighed by what the model made of them.

`trees` says what each feature added to the score; here that becomes sentences for fraud analysts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flowserve_ml.features.definitions import ANOMALY_RATIO, FEATURES, TAIL_AMOUNT

FALLBACK_CODE: Final = "combined_pattern"
MOST_REASONS: Final = 4
_LEAST_SHARE: Final = 0.05  # of all that raised the score: below it a reason would be noise


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: `value` is the value of `feature` in the transaction's row, never NaN; `contribution` is
    what the features behind the code added to the score, in log-odds."""

    code: str
    feature: str
    value: float
    message: str
    contribution: float


@dataclass(frozen=True, slots=True)
class _Rule:
    """A code: the features whose contributions count for it, the one that is shown, and when it is true."""

    code: str
    counts: tuple[str, ...]
    feature: str
    holds: Callable[[float], bool]
    sentence: str


# Codes are added, never renamed, as the predictions that have them are kept. One more,
# many_transactions_in_a_day, was given by models before 2026.11.2.
_RULES: Final = (
    _Rule(
        "amount_above_usual",
        ("customer_ratio",),
        "customer_ratio",
        lambda value: value > 1,
        "The amount is {value:.1f} times what this customer usually pays.",
    ),
    _Rule(
        "amount_in_top_range",
        ("amount", "amount_tail"),
        "amount",
        lambda value: value > TAIL_AMOUNT,
        "The amount of {value:.2f} (base currency) is in the top range of all transactions.",
    ),
    _Rule(
        "several_unusual_amounts",
        ("customer_anomalies_14d",),
        "customer_anomalies_14d",
        lambda value: value >= 1,
        "Unusually high amounts of this customer in the last 14 days: {value:.0f}.",
    ),
    _Rule(
        "recent_high_amount",
        ("customer_max_ratio_7d",),
        "customer_max_ratio_7d",
        lambda value: value > ANOMALY_RATIO,
        "In the last 7 days the customer paid up to {value:.1f} times the usual amount.",
    ),
    _Rule(
        "terminal_recent_fraud",
        ("terminal_last_label", "terminal_run_age"),
        "terminal_run_age",
        lambda value: value >= 0,
        "Transactions at this terminal have turned out to be fraud since {value:.1f} days ago.",
    ),
    _Rule(
        "terminal_ordinary_frauds",
        ("terminal_run_ordinary",),
        "terminal_run_ordinary",
        lambda value: value >= 1,
        "Frauds with ordinary amounts in a row at this terminal: {value:.0f}; the terminal may be bad.",
    ),
    _Rule(
        "terminal_long_without_genuine",
        ("terminal_since_genuine",),
        "terminal_since_genuine",
        lambda value: value > 8,
        "The last transaction at this terminal known to be genuine was {value:.1f} days ago or earlier.",
    ),
)
_FALLBACK: Final = _Rule(
    FALLBACK_CODE,
    (),
    "amount",
    lambda _: True,
    "No single value stands out; the amount of {value:.2f} (base currency) together with the history of "
    "customer and terminal resembles earlier frauds.",
)


def reasons_of(row: Sequence[float], contributions: Mapping[str, float]) -> list[Reason]:
    """At least one and at most MOST_REASONS reasons, the weightiest first.

    `row` is in FEATURES order, `contributions` are in log-odds by model feature. A missing value (NaN) never
    gives a reason, nor does a sentence that is not true of the row.
    """
    raised = sum(added for added in contributions.values() if added > 0)
    reasons = []
    for rule in _RULES:
        added = sum(contributions.get(feature, 0.0) for feature in rule.counts)
        value = row[_PLACES[rule.feature]]
        if added > 0 and added >= _LEAST_SHARE * raised and rule.holds(value):
            reasons.append(_reason(rule, value, added))
    reasons.sort(key=lambda reason: -reason.contribution)
    return reasons[:MOST_REASONS] or [_reason(_FALLBACK, row[_PLACES[_FALLBACK.feature]], raised)]


_PLACES: Final = {feature: place for place, feature in enumerate(FEATURES)}


def _reason(rule: _Rule, value: float, added: float) -> Reason:
    return Reason(rule.code, rule.feature, value, rule.sentence.format(value=value), added)
