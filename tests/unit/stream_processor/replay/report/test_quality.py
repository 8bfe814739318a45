"""How well frauds are found: by hand, against scikit-learn, and against the model card's own rows."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from flowserve_ml.evaluation.judge import judged_rows
from flowserve_ml.evaluation.ranking import RankedRows
from flowserve_ml.simulator import Transactions
from stream_processor.replay.report.common import DECLINE, FRAUD, GENUINE, REVIEW, UNKNOWN
from stream_processor.replay.report.quality import (
    confusion,
    counted,
    decided,
    not_yet_blocked,
    precision_recall,
    ranking,
    roc_auc,
)

DAY = 86_400
ROWS = st.lists(
    st.tuples(st.integers(0, 8).map(lambda n: n / 8), st.booleans()), min_size=2, max_size=60
).filter(lambda rows: 0 < sum(fraud for _, fraud in rows) < len(rows))


def arrays(rows: list[tuple[float, bool]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    return np.array([score for score, _ in rows]), np.array([fraud for _, fraud in rows])


@given(ROWS)
def test_roc_auc_and_average_precision_are_those_of_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    scores, is_fraud = arrays(rows)
    assert roc_auc(scores, is_fraud) == pytest.approx(roc_auc_score(is_fraud, scores))
    ours = RankedRows(scores, is_fraud).average_precision()
    assert ours == pytest.approx(average_precision_score(is_fraud, scores))


@given(ROWS)
def test_every_point_of_the_curve_is_one_of_scikit_learns(rows: list[tuple[float, bool]]) -> None:
    scores, is_fraud = arrays(rows)
    precision, recall, _ = precision_recall_curve(is_fraud, scores)
    known = {(round(r, 6), round(p, 6)) for r, p in zip(recall, precision, strict=True)}
    points = precision_recall(scores, is_fraud)
    assert {(r, p) for r, p in points} <= known
    assert points[-1][0] == 1
    assert [r for r, _ in points] == sorted(r for r, _ in points)


def test_a_tie_between_fraud_and_genuine_counts_half() -> None:
    assert roc_auc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])) == 0.875
    assert math.isnan(roc_auc(np.array([0.5]), np.array([True])))


def test_confusion_counts_scores_from_the_threshold_on() -> None:
    scores, is_fraud = np.array([0.1, 0.5, 0.5, 0.9]), np.array([False, True, False, True])
    lines = confusion(scores, is_fraud, [0.5, 0.51, 0.95])
    assert lines[0] == {"threshold": 0.5, **counted(2, 1, 2, 2)}
    assert lines[0]["precision"] == pytest.approx(2 / 3)
    assert (lines[1]["fraud_flagged"], lines[1]["genuine_passed"], lines[1]["recall"]) == (1, 2, 0.5)
    assert lines[2]["precision"] is None


def test_what_was_decided_counts_labelled_transactions_only() -> None:
    decisions = np.array([DECLINE, REVIEW, REVIEW, 0, DECLINE], dtype=np.int8)
    labels = np.array([FRAUD, FRAUD, GENUINE, FRAUD, UNKNOWN], dtype=np.int8)
    assert decided(decisions, labels, REVIEW) == counted(2, 1, 3, 1)
    assert decided(decisions, labels, DECLINE) == counted(1, 0, 3, 1)


def test_card_precision_is_the_mean_of_the_days_over_the_hundred_highest_cards() -> None:
    # Day one: 200 cards, the 30 highest are frauds. Day two: 50 cards, of which 10 are frauds.
    scores = np.concatenate([np.arange(200) / 200, np.arange(50) / 50])
    is_fraud = np.concatenate([np.arange(200) >= 170, np.arange(50) >= 40])
    seconds = np.concatenate([np.full(200, 5), np.full(50, DAY + 5)])
    customers = np.concatenate([np.arange(200), np.arange(50)]).astype(np.int32)
    found = ranking(scores, is_fraud, seconds, customers)
    assert found["card_precision_100"] == pytest.approx((30 / 100 + 10 / 50) / 2)
    assert found["average_precision"] == pytest.approx(average_precision_score(is_fraud, scores))


def test_a_card_is_blocked_from_the_midnight_after_its_label_fell_due() -> None:
    seconds = np.array([DAY + 5, 8 * DAY + 4, 8 * DAY + 6, 9 * DAY, 9 * DAY])
    customers = np.array([0, 0, 0, 0, 1], dtype=np.int32)
    is_fraud = np.array([True, False, False, False, False])
    open_ = not_yet_blocked(seconds, customers, is_fraud, 7)
    assert open_.tolist() == [True, True, True, False, True]


@given(
    st.lists(st.tuples(st.integers(0, 20 * DAY), st.integers(0, 4), st.booleans()), min_size=1, max_size=60)
)
def test_blocked_cards_are_those_that_the_model_card_leaves_out(rows: list[tuple[int, int, bool]]) -> None:
    rows.sort()
    seconds = np.array([at for at, _, _ in rows])
    customers = np.array([card for _, card, _ in rows], dtype=np.int32)
    is_fraud = np.array([fraud for _, _, fraud in rows])
    zeros = np.zeros(len(rows), dtype=np.int32)
    transactions = Transactions(seconds, customers, zeros, zeros.astype(np.int64), is_fraud.astype(np.int8))
    expected = judged_rows(transactions, 0, 10_000, 0)
    assert np.flatnonzero(not_yet_blocked(seconds, customers, is_fraud, 7)).tolist() == expected.tolist()
