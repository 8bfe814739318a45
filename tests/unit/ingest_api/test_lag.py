"""The arithmetic of lag: records by offsets, seconds by when an end was first seen."""

from hypothesis import given
from hypothesis import strategies as st

from ingest_api.lag import LagBook


def test_what_is_committed_has_no_lag() -> None:
    lag = LagBook().observe(0.0, {0: 10, 1: 0}, {0: 10})
    assert (lag.records, lag.seconds) == (0, 0.0)
    assert [each.partition for each in lag.partitions] == [0, 1]


def test_records_wait_since_their_end_was_first_seen() -> None:
    book = LagBook()
    book.observe(0.0, {0: 5}, {0: 5})
    book.observe(1.0, {0: 8}, {0: 5})
    book.observe(2.0, {0: 9}, {0: 5})
    lag = book.observe(4.0, {0: 9}, {0: 5})
    assert (lag.records, lag.seconds) == (4, 3.0)
    assert book.observe(5.0, {0: 9}, {0: 8}).seconds == 3.0
    assert book.observe(6.0, {0: 9}, {0: 9}).seconds == 0.0


def test_steady_traffic_that_is_kept_up_with_has_no_growing_lag() -> None:
    book = LagBook()
    for second in range(1_000):
        lag = book.observe(float(second), {0: 100 * (second + 1)}, {0: 100 * second})
        assert lag.seconds <= 1.0


def test_the_worst_partition_speaks_for_all() -> None:
    book = LagBook()
    book.observe(0.0, {0: 5, 1: 5}, {0: 5, 1: 0})
    lag = book.observe(7.0, {0: 6, 1: 5}, {0: 5, 1: 0})
    assert (lag.records, lag.seconds) == (6, 7.0)


def test_a_group_that_never_committed_lags_by_everything() -> None:
    assert LagBook().observe(0.0, {0: 5}, {}).records == 5


def test_a_log_that_was_recreated_starts_anew() -> None:
    book = LagBook()
    book.observe(0.0, {0: 500}, {0: 0})
    assert book.observe(9.0, {0: 3}, {0: 0}).seconds == 0.0


def test_a_scorer_that_stands_still_for_hours_costs_no_more_memory() -> None:
    book = LagBook()
    for look in range(5_000):
        lag = book.observe(look / 2, {0: look + 1}, {0: 0})
    assert lag.seconds == 4_999 / 2
    assert len(book._seen[0]) <= 1_200
    assert book.observe(2_500.0, {0: 5_000}, {0: 5_000}).seconds == 0.0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=60))
def test_lag_in_seconds_is_never_negative_and_zero_without_records(steps: list[tuple[int, int]]) -> None:
    book, end, committed = LagBook(), 0, 0
    for at, (arrived, done) in enumerate(steps):
        end += arrived
        committed = min(end, committed + done)
        lag = book.observe(float(at), {0: end}, {0: committed})
        assert lag.records == end - committed
        assert 0 <= lag.seconds <= at
        assert lag.seconds == 0 or lag.records > 0
