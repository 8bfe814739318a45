"""How good a scorer is on some weeks: the figures of the manifest and the model card."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from flowserve_ml.errors import InputError
from flowserve_ml.evaluation.bootstrap import card_precision_interval, card_weights, precision_interval
from flowserve_ml.evaluation.calibration import brier_score, reliability
from flowserve_ml.evaluation.optimum import optimal_scores
from flowserve_ml.evaluation.ranking import RankedRows, card_days
from flowserve_ml.features.definitions import DAY_SECONDS, LABEL_DELAY_SECONDS
from flowserve_ml.policy import Policy
from flowserve_ml.simulation.frauds import GENUINE, SCENARIO_NAMES
from flowserve_ml.simulator import Transactions, Truth

_NEVER = np.iinfo(np.int64).max
_BOOTSTRAP_SEED = 1

Numbers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def judged_rows(transactions: Transactions, first_day: int, end_day: int, train_day: int) -> Numbers:
    """Row numbers of days [first_day, end_day) without the cards that were already known bad that day.

    Known bad: a fraud since `train_day` whose label was due. Such cards are blocked, scoring them is easy.
    """
    days = transactions.days
    frauds = transactions.is_fraud & (days >= train_day)
    known_day = np.full(int(transactions.customers.max()) + 1, _NEVER)
    # A label falls due a delay after its transaction, to the second, and counts from the next midnight on.
    due = -(-(transactions.times[frauds] + LABEL_DELAY_SECONDS) // DAY_SECONDS)
    np.minimum.at(known_day, transactions.customers[frauds], due - transactions.first_day)
    unknown = known_day[transactions.customers] > days
    return np.nonzero(unknown & (days >= first_day) & (days < end_day))[0]


def judge(transactions: Transactions, rows: Numbers, scores: Floats, policy: Policy) -> dict[str, Any]:
    """Ranking (means of the weeks, with intervals by card), calibration, decisions, recall by scenario.

    Raises InputError if a week holds no fraud, or nothing else: it could not be judged.
    """
    is_fraud = transactions.is_fraud[rows]
    flagged, declined = scores >= policy.review, scores >= policy.decline
    scenario = transactions.scenario[rows]
    return {
        "transactions": len(rows),
        "fraud_share": _rounded(is_fraud.mean(), 6),
        **_ranking(transactions, rows, scores),
        "brier_score": brier_score(scores, is_fraud),
        "expected_to_actual_frauds": _rounded(scores.sum() / is_fraud.sum()),
        "reliability": reliability(scores, is_fraud),
        "review_share": _rounded((flagged & ~declined).mean(), 6),
        "decline_share": _rounded(declined.mean(), 6),
        "review_precision": _share(is_fraud, flagged & ~declined),
        "decline_precision": _share(is_fraud, declined),
        "recall_by_scenario": {
            SCENARIO_NAMES[code]: _share(flagged, scenario == code)
            for code in np.unique(scenario)
            if code != GENUINE
        },
    }


def share_of_optimum(
    transactions: Transactions, truth: Truth, rows: Numbers, figures: dict[str, Any]
) -> dict[str, Any]:
    """What the best possible scorer reaches on the rows, and the share of it that `figures` reach."""
    scores = optimal_scores(transactions, truth, rows)
    best = rank(transactions, rows, scores)
    return {
        "optimum": {
            **best,
            "expected_to_actual_frauds": _rounded(scores.sum() / transactions.is_fraud[rows].sum()),
        },
        "share_of_optimum": {name: _rounded(figures[name] / best[name]) for name in best},
    }


def rank(transactions: Transactions, rows: Numbers, scores: Floats) -> dict[str, float]:
    """Average precision (mean of the weeks) and card precision (mean of the days) alone."""
    is_fraud, days = transactions.is_fraud[rows], transactions.days[rows]
    weeks = weeks_of(days, is_fraud)
    cards = card_days(transactions.customers[rows], days, scores, is_fraud)
    return {
        "average_precision": _rounded(
            np.mean([RankedRows(scores[week], is_fraud[week]).average_precision() for week in weeks])
        ),
        "card_precision_100": _rounded(np.mean([day.precision()[1] for day in cards])),
    }


def _ranking(transactions: Transactions, rows: Numbers, scores: Floats) -> dict[str, Any]:
    is_fraud, days, customers = (
        transactions.is_fraud[rows],
        transactions.days[rows],
        transactions.customers[rows],
    )
    weeks = weeks_of(days, is_fraud)
    ranked = [RankedRows(scores[week], is_fraud[week]) for week in weeks]
    precision = [_rounded(week.average_precision()) for week in ranked]
    area = [_rounded(roc_auc_score(is_fraud[week], scores[week])) for week in weeks]
    cards = card_days(customers, days, scores, is_fraud)
    worst, expected, best = np.mean([day.precision() for day in cards], axis=0)
    weights = card_weights(int(transactions.customers.max()) + 1, _BOOTSTRAP_SEED)
    return {
        "average_precision": _rounded(np.mean(precision)),
        "average_precision_interval": precision_interval(
            ranked, [customers[week] for week in weeks], weights
        ),
        "average_precision_by_week": precision,
        "roc_auc": _rounded(np.mean(area)),
        "roc_auc_by_week": area,
        "card_precision_100": _rounded(expected),
        "card_precision_100_interval": card_precision_interval(cards, weights),
        "card_precision_100_worst_and_best_order_of_ties": [_rounded(worst), _rounded(best)],
    }


def weeks_of(days: npt.NDArray[np.int64], is_fraud: Flags) -> list[Flags]:
    """The rows of each week; raises InputError if a week holds no fraud, or nothing else."""
    numbers = (days - days.min(initial=_NEVER)) // 7
    weeks = [numbers == number for number in np.unique(numbers)]
    if not weeks or not all(0 < is_fraud[week].sum() < week.sum() for week in weeks):
        raise InputError("a week to judge holds no fraud, or nothing else: take more customers or more days")
    return weeks


def _share(what: Flags, among: Flags) -> float | None:
    return _rounded(what[among].mean()) if among.any() else None


def _rounded(value: Any, digits: int = 4) -> float:
    return round(float(value), digits)
