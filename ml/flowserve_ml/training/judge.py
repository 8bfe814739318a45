"""How good a scorer is on some weeks: the figures of the manifest and the model card."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, roc_auc_score

from flowserve_ml.errors import InputError
from flowserve_ml.features.definitions import DAY_SECONDS
from flowserve_ml.policy import Policy
from flowserve_ml.simulation.frauds import GENUINE, SCENARIO_NAMES
from flowserve_ml.simulator import Transactions
from flowserve_ml.training.split import LABEL_DELAY_DAYS

_NEVER = np.iinfo(np.int64).max


def judged_rows(
    transactions: Transactions, first_day: int, end_day: int, train_day: int
) -> npt.NDArray[np.intp]:
    """Row numbers of days [first_day, end_day) without the cards that were already known bad that day.

    Known bad: a fraud since `train_day` whose label was due. Such cards are blocked, scoring them is easy.
    """
    days = transactions.days
    frauds = transactions.is_fraud & (days >= train_day)
    known_day = np.full(int(transactions.customers.max()) + 1, _NEVER)
    # A label falls due a delay after its transaction, to the second, and counts from the next midnight on.
    due = -(-(transactions.times[frauds] + LABEL_DELAY_DAYS * DAY_SECONDS) // DAY_SECONDS)
    np.minimum.at(known_day, transactions.customers[frauds], due - transactions.first_day)
    unknown = known_day[transactions.customers] > days
    return np.nonzero(unknown & (days >= first_day) & (days < end_day))[0]


def judge(
    transactions: Transactions, rows: npt.NDArray[np.intp], scores: npt.NDArray[np.float64], policy: Policy
) -> dict[str, Any]:
    """Average precision and ROC AUC (mean of the weeks), calibration, decisions and recall by scenario.

    Raises InputError if a week holds no fraud, or nothing else: it could not be judged.
    """
    is_fraud = transactions.is_fraud[rows]
    weeks = _weeks(transactions.days[rows], is_fraud)
    precision = [_rounded(average_precision_score(is_fraud[week], scores[week])) for week in weeks]
    area = [_rounded(roc_auc_score(is_fraud[week], scores[week])) for week in weeks]
    flagged, declined = scores >= policy.review, scores >= policy.decline
    scenario = transactions.scenario[rows]
    return {
        "transactions": len(rows),
        "fraud_share": _rounded(is_fraud.mean()),
        "average_precision": _rounded(np.mean(precision)),
        "average_precision_by_week": precision,
        "roc_auc": _rounded(np.mean(area)),
        "roc_auc_by_week": area,
        "expected_to_actual_frauds": _rounded(scores.sum() / is_fraud.sum()),
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


def _weeks(days: npt.NDArray[np.int64], is_fraud: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.bool_]]:
    numbers = (days - days.min(initial=_NEVER)) // 7
    weeks = [numbers == number for number in np.unique(numbers)]
    if not weeks or not all(0 < is_fraud[week].sum() < week.sum() for week in weeks):
        raise InputError("a week to judge holds no fraud, or nothing else: take more customers or more days")
    return weeks


def _share(what: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> float | None:
    return _rounded(what[among].mean()) if among.any() else None


def _rounded(value: Any, digits: int = 4) -> float:
    return round(float(value), digits)
