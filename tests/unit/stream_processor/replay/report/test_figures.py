"""The figures of small tables against sums by hand; without labels or baseline what they allow is said."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stream_processor.replay.report.figures import figures
from stream_processor.replay.report.scored import ScoredTable
from tests.support.scored_tables import scored, scored_row

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def baseline(**about: object) -> ScoredTable:
    """Amounts 10 to 60; approve, approve, review, decline, decline, and one rejected."""
    scores = [0.1, 0.1, 0.3, 0.7, 0.9, None]
    return scored(
        [scored_row(n, score, amount=score and n * 10.0) for n, score in enumerate(scores, 1)],
        "baseline.parquet",
        **about,
    )


def candidate() -> ScoredTable:
    """Transactions 1 and 5 flip, 3 keeps its decision with another score, 6 is scored here only."""
    scores = [0.65, 0.1, 0.4, 0.7, 0.15, 0.1]
    labels = [True, True, False, False, True, None]
    return scored(
        [
            scored_row(n, score, amount=n * 10.0, is_fraud=label, reasons="amount;night" if n == 1 else None)
            for n, (score, label) in enumerate(zip(scores, labels, strict=True), 1)
        ]
    )


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return figures(candidate(), baseline(), NOW)


def test_what_was_compared_is_counted(made: dict[str, Any]) -> None:
    assert made["compared"] == {
        "transactions": 5,
        "only_candidate": 1,
        "only_baseline": 0,
        "repeated": 0,
        "cents": 15_000,
    }
    assert made["sides"]["baseline"]["counts"] == {"scored": 5, "duplicate": 0, "rejected": 1}
    assert made["sides"]["candidate"]["from"] == "2026-06-01T13:00:00Z"
    assert made["sides"]["candidate"]["model"] == "flowserve-fraud 1.0.0"


def test_flips_are_a_matrix_of_counts_and_of_money(made: dict[str, Any]) -> None:
    flips = made["flips"]
    assert flips["flipped"] == 2
    assert flips["counts"] == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    assert flips["cents"] == [[2_000, 0, 1_000], [0, 3_000, 0], [5_000, 0, 4_000]]


def test_examples_are_flips_by_score_and_by_amount(made: dict[str, Any]) -> None:
    by_score = made["flips"]["largest_score_differences"]
    assert [row["transaction_id"] for row in by_score] == ["tx-5", "tx-1"]
    assert [row["transaction_id"] for row in made["flips"]["largest_amounts"]] == ["tx-5", "tx-1"]
    assert by_score[1] == {
        "transaction_id": "tx-1",
        "customer_id": "c-1",
        "terminal_id": "t-1",
        "occurred_at": "2026-06-01T13:00:00Z",
        "cents": 1_000,
        "is_fraud": True,
        "baseline": {"score": 0.1, "decision": "approve", "reasons": []},
        "candidate": {"score": 0.65, "decision": "decline", "reasons": ["amount", "night"]},
    }


def test_money_by_decision_and_by_what_it_was(made: dict[str, Any]) -> None:
    assert made["money"]["baseline"]["decline"] == {"transactions": 2, "cents": 9_000}
    assert made["money"]["candidate"]["approve"] == {"transactions": 2, "cents": 7_000}
    known = made["quality"]["candidate"]["money"]
    assert known == {
        "fraud_caught": {"transactions": 1, "cents": 1_000},
        "fraud_declined": {"transactions": 1, "cents": 1_000},
        "fraud_missed": {"transactions": 2, "cents": 7_000},
        "genuine_declined": {"transactions": 1, "cents": 4_000},
        "genuine_reviewed": {"transactions": 1, "cents": 3_000},
    }
    assert made["quality"]["baseline"]["money"]["fraud_missed"] == {"transactions": 2, "cents": 3_000}


def test_both_sides_are_judged_on_the_same_labelled_transactions(made: dict[str, Any]) -> None:
    assert made["labels"] == {"fraud": 3, "genuine": 2, "unknown": 0, "contradicted": 0}
    # Baseline ranks fraud 0.9, genuine 0.7 and 0.3, then the frauds at 0.1: 2 of 6 pairs are in order.
    assert made["quality"]["baseline"]["ranking"]["roc_auc"] == pytest.approx(2 / 6)
    # Candidate: frauds at 0.65, 0.15, 0.1; genuine at 0.7 and 0.4: 1 of 6.
    assert made["quality"]["candidate"]["ranking"]["roc_auc"] == pytest.approx(1 / 6)


def test_thresholds_are_a_grid_and_those_of_both_policies() -> None:
    other = baseline(policy={"review": 0.123, "decline": 0.6})
    lines = figures(candidate(), other, NOW)["quality"]["candidate"]["by_threshold"]
    thresholds = [line["threshold"] for line in lines]
    assert thresholds == sorted(set(thresholds))
    assert {0.123, 0.2, 0.6, 0.5} <= set(thresholds)


def test_features_that_differ_are_named_with_how_much() -> None:
    one = scored([scored_row(1, 0.1, night=2.5, weekend=None), scored_row(2, 0.1, weekend=None)])
    other = scored([scored_row(1, 0.1), scored_row(2, 0.1, weekend=None)])
    assert figures(one, other, NOW)["features"] == [
        {
            "feature": "weekend",
            "transactions": 1,
            "only_candidate": 0,
            "only_baseline": 1,
            "largest_difference": None,
        },
        {
            "feature": "night",
            "transactions": 1,
            "only_candidate": 0,
            "only_baseline": 0,
            "largest_difference": 1.5,
        },
    ]


def test_equal_sides_differ_in_nothing() -> None:
    made = figures(baseline(), baseline(), NOW)
    assert made["flips"]["flipped"] == 0
    assert made["shift"]["psi"] == 0
    assert made["shift"]["equal_scores"] == 5
    assert made["features"] == []


def test_without_labels_there_is_no_judgement_and_without_a_baseline_no_change() -> None:
    assert "quality" not in figures(baseline(), baseline(), NOW)
    alone = figures(candidate(), None, NOW)
    assert {"flips", "shift", "features"}.isdisjoint(alone)
    assert alone["quality"].keys() == {"candidate", "blocked_cards_rows"}
    assert alone["compared"]["transactions"] == 6


def test_labels_of_one_kind_alone_judge_nothing() -> None:
    assert "quality" not in figures(scored([scored_row(1, 0.1, is_fraud=True)]), None, NOW)


def test_the_figures_are_plain_json(made: dict[str, Any]) -> None:
    assert json.loads(json.dumps(made, allow_nan=False)) == made
