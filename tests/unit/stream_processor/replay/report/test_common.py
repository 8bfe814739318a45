"""Which transactions are compared: joined by transaction and customer, each once, the rest counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.replay.report.common import FRAUD, GENUINE, UNKNOWN, Common, join
from stream_processor.replay.report.scored import ReportError
from tests.support.scored_tables import scored, scored_row


def pairs(common: Common) -> list[tuple[float, float]]:
    assert common.baseline is not None
    return list(zip(common.candidate.scores.tolist(), common.baseline.scores.tolist(), strict=True))


def test_rows_are_joined_whatever_their_order_and_what_joins_not_is_counted() -> None:
    candidate = scored([scored_row(1, 0.1), scored_row(2, 0.2), scored_row(3, 0.3)])
    baseline = scored([scored_row(3, 0.33), scored_row(9, 0.9), scored_row(1, 0.11), scored_row(8, 0.8)])
    common = join(candidate, baseline)
    assert pairs(common) == [(0.1, 0.11), (0.3, 0.33)]
    assert (common.only_candidate, common.only_baseline, common.repeated) == (1, 2, 0)


def test_the_same_transaction_id_of_another_customer_is_another_transaction() -> None:
    rows = [scored_row(1, 0.1), scored_row(2, 0.2, transaction_id="tx-1")]
    common = join(scored(rows), scored([scored_row(1, 0.3, customer_id="c-2")]))
    assert pairs(common) == [(0.2, 0.3)]


def test_the_first_scored_row_of_a_transaction_counts() -> None:
    again = {"transaction_id": "tx-1", "customer_id": "c-1"}
    rows = [scored_row(1, None, **again), scored_row(2, 0.2, **again), scored_row(3, 0.3, **again)]
    common = join(scored(rows), scored([scored_row(1, 0.1), scored_row(5, 0.5, **again)]))
    assert pairs(common) == [(0.2, 0.1)]
    assert common.repeated == 2
    assert join(scored(rows), None).candidate.scores.tolist() == [0.2]


def test_ids_that_are_numbers_on_one_side_and_text_on_the_other_are_the_same() -> None:
    candidate = scored([scored_row(1, 0.1, transaction_id=17), scored_row(2, 0.2, transaction_id=18)])
    common = join(candidate, scored([scored_row(2, 0.5, transaction_id="18")]))
    assert pairs(common) == [(0.2, 0.5)]


def test_a_label_of_the_candidate_goes_before_the_baselines() -> None:
    candidate = [scored_row(n, 0.1, is_fraud=label) for n, label in enumerate([True, None, None, False], 1)]
    baseline = [scored_row(n, 0.1, is_fraud=label) for n, label in enumerate([False, True, None, False], 1)]
    common = join(scored(candidate), scored(baseline))
    assert common.labels.tolist() == [FRAUD, FRAUD, UNKNOWN, GENUINE]
    assert common.contradicted == 1


def test_amounts_and_times_are_whole_cents_and_seconds() -> None:
    common = join(scored([scored_row(1, 0.1, amount=0.29), scored_row(2, 0.1, amount=1234.565)]), None)
    assert common.cents.tolist() == [29, 123_456]
    assert common.seconds[1] - common.seconds[0] == 3_600


def test_nothing_in_common_and_nothing_scored_are_said() -> None:
    with pytest.raises(ReportError, match=r"a\.parquet and b\.parquet have no scored transaction in common"):
        join(scored([scored_row(1, 0.1)], "a.parquet"), scored([scored_row(2, 0.1)], "b.parquet"))
    with pytest.raises(ReportError, match="no transaction was scored"):
        join(scored([scored_row(1, None)]), None)


@given(
    left=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=1, max_size=25),
    right=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=1, max_size=25),
)
def test_the_join_is_that_of_a_dictionary(
    left: list[tuple[int, int, bool]], right: list[tuple[int, int, bool]]
) -> None:
    def rows(keys: list[tuple[int, int, bool]], shift: float) -> list[dict[str, object]]:
        return [
            scored_row(n, n / 100 + shift if good else None, transaction_id=f"tx-{t}", customer_id=f"c-{c}")
            for n, (t, c, good) in enumerate(keys, 1)
        ]

    def first(keys: list[tuple[int, int, bool]], shift: float) -> dict[tuple[int, int], float]:
        known: dict[tuple[int, int], float] = {}
        for n, (t, c, good) in enumerate(keys, 1):
            if good:
                known.setdefault((t, c), n / 100 + shift)
        return known

    mine, theirs = first(left, 0), first(right, 0.5)
    expected = [(score, theirs[key]) for key, score in mine.items() if key in theirs]
    if not expected:
        with pytest.raises(ReportError):
            join(scored(rows(left, 0)), scored(rows(right, 0.5)))
        return
    common = join(scored(rows(left, 0)), scored(rows(right, 0.5)))
    assert np.allclose(pairs(common), expected)
    assert common.only_candidate == len(mine) - len(expected)
    assert common.only_baseline == len(theirs) - len(expected)
