"""The customer's features at the edges of their windows, example by example."""

import pytest

from flowserve_ml.features.customer import CustomerHistory, last_time
from flowserve_ml.features.definitions import (
    CUSTOMER_FEATURES,
    DAY_SECONDS,
    HORIZON_SECONDS,
    MAX_REMEMBERED_ROWS,
)

T = 1_790_000_000
DAY = DAY_SECONDS


def observe(history: CustomerHistory, t: int, cents: int = 1_000) -> dict[str, float]:
    return dict(zip(CUSTOMER_FEATURES, history.observe(t, cents), strict=True))


def test_the_first_transaction_counts_itself_and_is_compared_with_the_prior() -> None:
    seen = observe(CustomerHistory(), T, 10_600)
    assert [seen[f"customer_count_{days}d"] for days in (1, 7, 30)] == [1.0, 1.0, 1.0]
    assert [seen[f"customer_mean_{days}d"] for days in (1, 7, 30)] == [106.0, 106.0, 106.0]
    assert seen["customer_ratio"] == 2.0
    assert (seen["customer_max_ratio_7d"], seen["customer_anomalies_14d"]) == (0.0, 0.0)


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_window_is_open_at_its_old_end(days: int) -> None:
    inside, outside = CustomerHistory(), CustomerHistory()
    observe(inside, T - days * DAY + 1)
    observe(outside, T - days * DAY)
    assert observe(inside, T)[f"customer_count_{days}d"] == 2.0
    assert observe(outside, T)[f"customer_count_{days}d"] == 1.0


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_mean_leaves_out_what_lies_before_its_window(days: int) -> None:
    history = CustomerHistory()
    for t, cents in ((T - 40 * DAY, 700_000), (T - days * DAY, 50_000), (T - days * DAY + 1, 2_000)):
        observe(history, t, cents)
    assert observe(history, T, 4_000)[f"customer_mean_{days}d"] == 30.0


def test_rows_of_the_same_second_count_in_log_order() -> None:
    history = CustomerHistory()
    assert [observe(history, T)["customer_count_1d"] for _ in range(3)] == [1.0, 2.0, 3.0]


def test_a_late_transaction_gets_the_window_as_of_its_own_time() -> None:
    history = CustomerHistory()
    observe(history, T, 1_000)
    observe(history, T + 3_600, 9_000)
    late = observe(history, T + 60, 3_000)
    assert late["customer_count_1d"] == 2.0
    assert late["customer_mean_1d"] == 20.0
    assert list(history.times) == [T, T + 60, T + 3_600]
    assert history.last_time == T + 3_600


@pytest.mark.parametrize("later", [1, 2, 31, 32, 33, 60])
def test_a_late_transaction_changes_no_amount_but_its_own(later: int) -> None:
    history = CustomerHistory()
    amounts = [100 * number for number in range(1, later + 1)]
    for second, cents in enumerate((7, 11, *amounts)):
        observe(history, T + 10 * second, cents)
    observe(history, T + 15, 9)
    assert history.cents == [7, 11, 9, *amounts]
    everything = observe(history, T + DAY - 1, 100)
    assert everything["customer_mean_1d"] == (7 + 11 + 9 + sum(amounts) + 100) / (100 * (later + 4))


def test_the_usual_amount_grows_by_at_most_three_times_itself() -> None:
    history = CustomerHistory()
    observe(history, T, 1_000_000)
    assert history.mean_sum == 3 * 53.0
    assert history.usual_amount() == (3 * 53.0 + 53.0) / 2


def test_the_prior_is_dropped_after_twenty_amounts() -> None:
    history = CustomerHistory()
    for second in range(20):
        observe(history, T + second, 2_000)
    assert history.usual_amount() == 20.0


def test_a_customer_who_only_paid_zero_still_has_a_finite_ratio() -> None:
    history = CustomerHistory()
    for second in range(25):
        observe(history, T + second, 0)
    assert observe(history, T + 30, 5)["customer_ratio"] == pytest.approx(5.0)


def test_anomalies_and_the_largest_ratio_look_at_earlier_rows_only() -> None:
    history = CustomerHistory()
    first = observe(history, T, 53_000)
    assert first["customer_anomalies_14d"] == 0.0
    later = observe(history, T + 7 * DAY - 1)
    assert later["customer_max_ratio_7d"] == first["customer_ratio"] == 10.0
    assert later["customer_anomalies_14d"] == 1.0
    assert observe(history, T + 14 * DAY - 1)["customer_anomalies_14d"] == 1.0
    assert observe(history, T + 14 * DAY)["customer_anomalies_14d"] == 0.0


def test_exactly_two_and_a_half_times_the_usual_amount_is_no_anomaly() -> None:
    history = CustomerHistory()
    assert observe(history, T, 13_250)["customer_ratio"] == 2.5
    assert observe(history, T + 1, 53_000)["customer_anomalies_14d"] == 0.0
    history.forget(T)
    assert observe(history, T + 2)["customer_anomalies_14d"] == 1.0


def test_a_cent_more_than_two_and_a_half_times_the_usual_amount_is_an_anomaly() -> None:
    history = CustomerHistory()
    observe(history, T, 13_251)
    assert observe(history, T + 1)["customer_anomalies_14d"] == 1.0


def test_the_largest_ratio_is_that_of_the_largest_of_several_earlier_rows() -> None:
    history = CustomerHistory()
    ratios = [
        observe(history, T + second, cents)["customer_ratio"] for second, cents in enumerate((9_000, 50))
    ]
    assert ratios[1] < ratios[0]
    assert observe(history, T + 5)["customer_max_ratio_7d"] == ratios[0]


@pytest.mark.parametrize(("gap", "count"), [(HORIZON_SECONDS - 1, 2), (HORIZON_SECONDS, 1)])
def test_the_mean_starts_again_when_the_previous_transaction_is_as_old_as_the_horizon(
    gap: int, count: int
) -> None:
    history = CustomerHistory()
    observe(history, T)
    observe(history, T + gap)
    assert (history.mean_count, history.mean_sum) == (count, 10.0 * count)


def test_forget_drops_up_to_and_including_the_given_second() -> None:
    history = CustomerHistory()
    for t in (T, T, T + 1, T + 2):
        observe(history, t, 53_000)
    history.forget(T)
    assert list(history.times) == [T + 1, T + 2]
    assert list(history.anomaly_times) == [T + 1]
    assert history.mean_count == 4
    history.forget(T + 2)
    assert len(history) == history.mean_count == 0


def test_the_oldest_rows_go_when_too_many_are_remembered() -> None:
    history = CustomerHistory()
    for second in range(MAX_REMEMBERED_ROWS + 3):
        observe(history, T + second)
    assert len(history) == MAX_REMEMBERED_ROWS
    assert history.times[0] == T + 3
    assert history.dropped == 3


def test_what_was_packed_is_unpacked_as_it_was_and_shares_nothing() -> None:
    history = CustomerHistory()
    for second in range(3):
        observe(history, T - 2 + second, 53_000)
    packed = history.pack()
    twin, end = CustomerHistory.unpack(packed + b"what follows")
    assert end == len(packed)
    assert last_time(packed) == T
    assert twin == history
    assert twin.anomaly_times == history.anomaly_times
    observe(twin, T + 1, 90_000)
    assert (len(history), len(twin)) == (3, 4)
    assert history != twin


def test_a_copy_that_differs_in_an_amount_only_is_another_history() -> None:
    one, other = CustomerHistory(), CustomerHistory()
    one.restore(T, 1_000, 1.0, 10.0, 1)
    other.restore(T, 1_001, 1.0, 10.0, 1)
    assert (one.cents, other.cents) == ([1_000], [1_001])
    assert one != other


def test_a_history_equals_nothing_but_a_history() -> None:
    assert (CustomerHistory() == ()) is False


def test_totals_of_huge_amounts_start_again_and_nobody_notices() -> None:
    huge, rebased = 10**15, 0
    history = CustomerHistory()
    for day in range(100):
        t, before = T + day * DAY, history.before
        history.forget(t - 10 * DAY)
        rebased += history.before < before
        assert history.before <= 2**53
        seen = observe(history, t, huge + day)
        kept = [huge + each for each in range(max(0, day - 9), day + 1)]
        assert history.cents == kept
        assert seen["customer_mean_7d"] == sum(kept[-7:]) / (100 * len(kept[-7:]))
    assert rebased == 9
