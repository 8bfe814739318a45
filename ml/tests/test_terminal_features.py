"""The terminal's fold equals its definition, in whatever order and however often rows come."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from terminal_reference import HORIZON, MATURITY, Row, view_by_definition

from flowserve_ml.features.definitions import MAX_REMEMBERED_ROWS, SLACK_SECONDS
from flowserve_ml.features.terminal import UNSEEN_TERMINAL, TerminalHistory, ordinary

T = 1_790_000_000
DAY = 86_400

# Few different seconds, so that rows meet each other, the edges of maturity and the horizon.
ages = st.one_of(
    st.integers(0, 4).map(lambda step: MATURITY + step - 2),
    st.integers(0, 4).map(lambda step: HORIZON + step - 2),
    st.integers(0, 5).map(lambda step: 10 * DAY + step),
    st.integers(MATURITY - 3 * 3_600, MATURITY + 3 * 3_600),
    st.integers(0, 50 * DAY),
)
rows_of = st.lists(st.tuples(ages, st.booleans(), st.booleans()), max_size=25).map(
    lambda drawn: [(T - age, fraud, plain, source) for source, (age, fraud, plain) in enumerate(drawn)]
)


def folded(rows: list[Row]) -> TerminalHistory:
    history = TerminalHistory()
    for row in rows:
        history.add(*row)
    return history


@given(rows_of, st.integers(-SLACK_SECONDS, 30 * DAY))
def test_a_view_equals_its_definition(rows: list[Row], later: int) -> None:
    assert folded(rows).view(T + later) == view_by_definition(rows, T + later)


@given(rows_of, st.lists(st.integers(0, 3 * DAY), max_size=4), st.integers(0, SLACK_SECONDS))
def test_every_time_within_the_slack_is_answered_as_of_itself(
    rows: list[Row], marks: list[int], lateness: int
) -> None:
    history = folded(rows)
    for step in marks:
        history.settle(T + step)
    mark = T + max(marks, default=0)
    assert history.view(mark - lateness) == view_by_definition(rows, mark - lateness)


@given(rows_of, st.integers(SLACK_SECONDS, 50 * DAY))
def test_who_comes_later_than_the_slack_gets_the_view_of_what_is_folded(
    rows: list[Row], lateness: int
) -> None:
    history = folded(rows)
    history.settle(T)
    assert history.view(T - lateness) == view_by_definition(rows, T - SLACK_SECONDS)


@given(rows_of, st.randoms(use_true_random=False), st.lists(st.integers(-5 * DAY, 9 * DAY), max_size=6))
def test_order_repeats_and_the_moments_of_folding_do_not_matter(
    rows: list[Row], rng: random.Random, marks: list[int]
) -> None:
    in_order = folded(sorted(rows))
    in_order.settle(T + 9 * DAY)
    shuffled = TerminalHistory()
    steps: list[Row | int] = [*rows, *rng.sample(rows, len(rows) // 2), *marks]
    rng.shuffle(steps)
    for step in steps:
        if isinstance(step, int):
            shuffled.settle(T + step)
        else:
            shuffled.add(*step)
    shuffled.settle(T + 9 * DAY)
    assert shuffled == in_order


@given(rows_of, st.integers(0, 9 * DAY))
def test_a_source_seen_before_changes_nothing_also_after_folding(rows: list[Row], later: int) -> None:
    history = folded(rows)
    history.settle(T + later)
    before = TerminalHistory.unpack(history.pack())
    for row in rows:
        history.add(*row)
    assert history == before


def test_maturity_is_seven_days_and_an_hour_to_the_second() -> None:
    history = folded([(T, True, False, 0)])  # the least row that a second can have
    assert history.view(T + MATURITY - 1) == UNSEEN_TERMINAL
    assert history.view(T + MATURITY) == (1.0, MATURITY / DAY, 0.0, 45.0)


def test_what_is_as_old_as_the_horizon_is_forgotten() -> None:
    history = folded([(T, False, False, 1), (T + 1, True, True, 2)])
    assert history.view(T + HORIZON - 1) == (1.0, (HORIZON - 2) / DAY, 1.0, (HORIZON - 1) / DAY)
    assert history.view(T + HORIZON) == (1.0, (HORIZON - 1) / DAY, 1.0, 45.0)
    assert history.view(T + HORIZON + 1) == UNSEEN_TERMINAL
    history.settle(T + HORIZON + 1 + SLACK_SECONDS)
    assert history.empty


def test_a_genuine_transaction_as_old_as_the_horizon_leaves_an_unseen_terminal() -> None:
    history = folded([(T, False, False, 1)])
    assert history.view(T + HORIZON - 1) == (0.0, -1.0, 0.0, (HORIZON - 1) / DAY)
    assert history.view(T + HORIZON) == UNSEEN_TERMINAL


@pytest.mark.parametrize("fraud", [True, False])
@pytest.mark.parametrize("second", [-1, 0, 1])
@pytest.mark.parametrize("edge", [MATURITY, HORIZON])
def test_a_row_at_an_edge_of_what_is_folded_may_come_before_or_after_the_folding(
    edge: int, second: int, fraud: bool
) -> None:
    row = (T - SLACK_SECONDS - edge + second, fraud, True, 1)
    before, after = folded([row]), TerminalHistory()
    before.settle(T)
    after.settle(T)
    after.add(*row)
    assert before == after
    assert before.view(T) == view_by_definition([row], T)


@pytest.mark.parametrize(("age", "fraud"), [(DAY, True), (DAY, False), (20 * DAY, True), (20 * DAY, False)])
def test_a_terminal_of_which_anything_is_remembered_is_not_empty(age: int, fraud: bool) -> None:
    history = folded([(T - age, fraud, True, 1)])
    history.settle(T)
    assert not history.empty
    assert TerminalHistory().empty


def test_a_history_equals_nothing_but_a_history() -> None:
    assert (TerminalHistory() == ()) is False


def test_in_the_same_second_genuine_counts_as_later_than_fraud() -> None:
    for rows in ([(T, True, True, 1), (T, False, False, 2)], [(T, False, False, 2), (T, True, True, 1)]):
        assert folded(rows).view(T + 8 * DAY) == (0.0, -1.0, 0.0, 8.0)


def test_a_run_ends_with_a_genuine_transaction_and_begins_anew() -> None:
    history = folded([(T, True, True, 1), (T + DAY, False, False, 2), (T + 2 * DAY, True, False, 3)])
    assert history.view(T + 7 * DAY + 3_600) == (1.0, MATURITY / DAY, 1.0, 45.0)
    assert history.view(T + 10 * DAY) == (1.0, 8.0, 0.0, 9.0)


def test_only_the_latest_frauds_of_an_endless_run_are_remembered_whatever_their_order() -> None:
    rows: list[Row] = [(T + number, True, True, number) for number in range(MAX_REMEMBERED_ROWS + 5)]
    forwards, backwards = folded(rows[:]), TerminalHistory()
    backwards.settle(T + 9 * DAY)
    for row in reversed(rows[-50:] + rows[:-50]):
        backwards.add(*row)
    assert forwards.view(T + 9 * DAY) == backwards.view(T + 9 * DAY)
    forwards.settle(T + 9 * DAY)
    assert forwards == backwards
    assert len(forwards.run) == MAX_REMEMBERED_ROWS
    assert forwards.view(T + 9 * DAY)[1] == (9 * DAY - 5) / DAY


def test_rows_of_any_time_are_packed_and_unpacked_as_they_were() -> None:
    rows: list[Row] = [(-9 * DAY, False, False, 2**64 - 1), (-8 * DAY, True, True, 7), (5, True, False, 0)]
    history = folded(rows)
    history.settle(0)
    assert len(history.run) == len(history.recent) == 1
    assert len(history.pack()) == 28 + 2 * 16
    assert TerminalHistory.unpack(history.pack()) == history


def test_a_copy_does_not_share_anything() -> None:
    history = folded([(T, True, True, 1)])
    twin = TerminalHistory.unpack(history.pack())
    twin.add(T + 1, False, False, 2)
    assert (len(history.recent), len(twin.recent)) == (1, 2)
    assert history != twin


@pytest.mark.parametrize(
    ("ratio", "cents", "expected"),
    [(2.19, 22_000, True), (2.2, 100, False), (1.0, 22_001, False)],
)
def test_ordinary_is_what_a_lost_card_does_not_explain(ratio: float, cents: int, expected: bool) -> None:
    assert ordinary(ratio, cents) is expected
