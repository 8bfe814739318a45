"""Recovery rebuilds from the log exactly the state that was built live."""

from hypothesis import given
from hypothesis import strategies as st

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import DAY_SECONDS, HORIZON_SECONDS

START = 1_790_000_000

# Steps in seconds: none (same second), back (late), hours, and beyond the horizon (the mean starts again).
steps = st.one_of(
    st.just(0),
    st.integers(-3 * DAY_SECONDS, 3 * DAY_SECONDS),
    st.sampled_from(
        [DAY_SECONDS, 7 * DAY_SECONDS, HORIZON_SECONDS - 1, HORIZON_SECONDS, HORIZON_SECONDS + 1]
    ),
)
events = st.lists(st.tuples(steps, st.integers(0, 100_000)), max_size=60)


def times_of(log: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Absolute times; every step counts from the latest time so far, as lateness does."""
    latest, result = START, []
    for step, cents in log:
        result.append((latest + step, cents))
        latest = max(latest, latest + step)
    return result


@given(events, st.booleans())
def test_restoring_a_log_gives_the_state_that_observing_it_gave(
    log: list[tuple[int, int]], forgets: bool
) -> None:
    live, rebuilt, mark = CustomerHistory(), CustomerHistory(), START
    for t, cents in times_of(log):
        mark = max(mark, t)
        if forgets:
            live.forget(mark - HORIZON_SECONDS)
            rebuilt.forget(mark - HORIZON_SECONDS)
        live.observe(t, cents)
        rebuilt.restore(t, cents, live.last_ratio, live.mean_sum, live.mean_count)
        assert rebuilt == live


@given(events, st.integers(0, 60))
def test_a_rebuilt_state_goes_on_as_if_it_had_never_stopped(log: list[tuple[int, int]], stop: int) -> None:
    live, rebuilt = CustomerHistory(), CustomerHistory()
    for number, (t, cents) in enumerate(times_of(log)):
        expected = live.observe(t, cents)
        if number < stop:
            rebuilt.restore(t, cents, live.last_ratio, live.mean_sum, live.mean_count)
        else:
            assert rebuilt.observe(t, cents) == expected


@given(events)
def test_a_rebuild_that_begins_at_the_horizon_equals_one_that_saw_everything(
    log: list[tuple[int, int]],
) -> None:
    live, records, mark = CustomerHistory(), [], START
    for t, cents in times_of(log):
        mark = max(mark, t)
        live.forget(mark - HORIZON_SECONDS)
        live.observe(t, cents)
        records.append((t, cents, live.last_ratio, live.mean_sum, live.mean_count))
    live.forget(mark - HORIZON_SECONDS)
    rebuilt = CustomerHistory()
    for record in records:
        if record[0] > mark - HORIZON_SECONDS:
            rebuilt.restore(*record)
    assert list(rebuilt.times) == list(live.times)
    assert list(rebuilt.ratios) == list(live.ratios)
    assert rebuilt.anomaly_times == live.anomaly_times
    assert (rebuilt.mean_sum, rebuilt.mean_count) == (live.mean_sum, live.mean_count)
