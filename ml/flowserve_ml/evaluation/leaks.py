"""Checks that a score is honest; each raises LeakSuspected, and then no model is written."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from flowserve_ml.errors import InputError
from flowserve_ml.evaluation.ranking import RankedRows
from flowserve_ml.features.stream import Log, feature_rows
from flowserve_ml.simulator import Transactions
from flowserve_ml.training.data import Data
from flowserve_ml.training.fit import fit, model_inputs
from flowserve_ml.training.split import Split

NOISE = 0.03
"""How far above the best possible scorer the mean of some weeks may lie by luck."""

_ENOUGH_ROWS = 600_000  # to tell a leak from luck; more would only take longer
_AREA_ERRORS, _PRECISION_ERRORS = 5, 6
_LUCKY_FRAUDS = 3

Fold = Callable[[Log], npt.NDArray[np.float64]]


class LeakSuspected(InputError):
    """A score is better than it can honestly be."""


def refuse_too_good(figures: dict[str, Any], what: str) -> None:
    """Raises LeakSuspected if the average precision lies above the best possible scorer's."""
    share = figures["share_of_optimum"]["average_precision"]
    if share > 1 + NOISE:
        raise LeakSuspected(
            f"{what}: average precision is {share:.3f} times the best possible scorer's. Labels must have "
            "got into the features before they were due, or the training rows into the judged ones"
        )


def refuse_knowing_random_labels(
    transactions: Transactions, split: Split, seed: int, fold: Fold = feature_rows
) -> dict[str, float]:
    """Train and judge with labels shuffled over the whole log before `fold` makes the features of it.

    Every label is random then, also those that terminals learn and those of the judged weeks (from the first
    validation day on), so nothing honest foretells them: ROC AUC is 0.5 and average precision the share of
    frauds. Raises LeakSuspected if either lies above its limit by luck; returns both with their limits.
    """
    shuffled = shuffled_labels(_some_customers(transactions, seed), seed)
    data = Data(shuffled, fold(shuffled.log), None)
    training = data.training_rows(split)
    classifier = fit(data.rows[training], data.known_frauds(split)[training], seed)
    judged = (shuffled.days >= split.validate) & (shuffled.days < split.end)
    frauds = shuffled.is_fraud[judged]
    if not 0 < frauds.sum() < len(frauds):
        raise InputError("there are too few frauds to check with random labels: take more transactions")
    scores = classifier.predict_proba(model_inputs(data.rows[judged]))[:, 1]
    found = _against_luck(frauds, scores)
    for name in ("roc_auc", "average_precision"):
        if found[name] > found[f"{name}_limit"]:
            raise LeakSuspected(
                f"labels that are random were foretold: {name} is {found[name]:.4f}, by luck it would stay "
                f"below {found[f'{name}_limit']:.4f}. A transaction's own label reaches its features"
            )
    return found


def shuffled_labels(transactions: Transactions, seed: int) -> Transactions:
    """The same log with as many frauds, on random transactions; each keeps the delay of its report."""
    order = np.random.default_rng(seed).permutation(len(transactions))
    reported = transactions.reported
    if reported is not None:
        reported = transactions.times + (reported - transactions.times)[order]
    return replace(transactions, scenario=transactions.scenario[order], reported=reported)


def _some_customers(transactions: Transactions, seed: int) -> Transactions:
    """All transactions of so many customers that there are enough rows."""
    share = min(1.0, _ENOUGH_ROWS / len(transactions))
    chosen = np.random.default_rng(seed).random(int(transactions.customers.max()) + 1) <= share
    rows = chosen[transactions.customers]
    return Transactions(
        transactions.times[rows],
        transactions.customers[rows],
        transactions.terminals[rows],
        transactions.cents[rows],
        transactions.scenario[rows],
        None if transactions.reported is None else transactions.reported[rows],
    )


def _against_luck(frauds: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]) -> dict[str, float]:
    """Both figures, and how high luck alone may bring them.

    The area's standard error is that of a rank sum. The precision's was found by shuffling: the share over
    the root of the number of frauds; beyond it a few frauds may happen to come first.
    """
    bad, share = int(frauds.sum()), float(frauds.mean())
    good = len(frauds) - bad
    error = math.sqrt((bad + good + 1) / (12 * bad * good))
    highest = share * (1 + _PRECISION_ERRORS / math.sqrt(bad)) + _LUCKY_FRAUDS / bad
    return {
        "transactions": len(frauds),
        "frauds": bad,
        "roc_auc": round(float(roc_auc_score(frauds, scores)), 4),
        "roc_auc_limit": round(0.5 + _AREA_ERRORS * error, 4),
        "average_precision": round(RankedRows(scores, frauds).average_precision(), 5),
        "average_precision_by_chance": round(share, 5),
        "average_precision_limit": round(highest, 5),
    }
