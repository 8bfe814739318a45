"""Folding a history on its packed bytes gives what unpacking, folding and packing give, to the last bit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import DAY_SECONDS, HORIZON_SECONDS, MAX_REMEMBERED_ROWS
from flowserve_ml.features.packed import NOTHING_PACKED, observed, restored

T = 1_790_000_000
DAY = DAY_SECONDS
steps = st.sampled_from([0, 1, 3_600, DAY - 1, DAY, 7 * DAY, 10 * DAY, 30 * DAY])
amounts = st.one_of(st.integers(0, 9_000), st.integers(0, 10**12))
# A transaction may be 40 days old when it arrives: what is forgotten then reaches into its windows.
horizons = st.one_of(st.integers(-2 * DAY, 1), st.integers(30 * DAY, 40 * DAY))


# Seconds since the one before, cents, what is forgotten beyond the horizon, and whether it was known already.
Event = tuple[int, int, int, bool]
_HOURLY: list[Event] = [(3_600, 100 * number, 0, False) for number in range(1, 26)]
EDGES: dict[str, list[Event]] = {
    "more amounts than the prior lasts for": _HOURLY,
    "nothing but zeros for longer than the prior lasts": [(1, 0, 0, False)] * 25,
    "the last is forgotten to the second": [*_HOURLY, (40 * DAY, 500, 5 * DAY, False)],
    "the last is as old as the horizon and not forgotten": [*_HOURLY, (HORIZON_SECONDS, 500, -1, False)],
    "the first is forgotten to the second": [
        *_HOURLY,
        (40 * DAY, 500, 5 * DAY - 24 * 3_600, False),
        (0, 700, 5 * DAY - 24 * 3_600, True),
    ],
    "the first of those before is forgotten to the second": [
        *_HOURLY,
        (40 * DAY, 500, 5 * DAY - 24 * 3_600, True),
    ],
    "all but the first are forgotten later": [*_HOURLY, (40 * DAY, 500, 5 * DAY - 3_600, True)],
    "exactly at the limit of anomalies": [
        (0, 13_250, 0, False),
        (DAY, 99_000, 0, True),
        (44 * DAY, 100, 0, False),
        (DAY, 100, 0, False),
    ],
    "anomalies at the edges of their window": [
        *[(step, 900_000, 0, False) for step in (0, 1, 1, 1, 7 * DAY)],
        (7 * DAY - 2, 100, 0, False),
        (1, 100, 0, False),
        (30 * DAY, 100, 7 * DAY, False),
    ],
}


@pytest.mark.parametrize("events", EDGES.values(), ids=EDGES)
def test_a_transaction_at_an_edge(events: list[Event]) -> None:
    compare(events)


@settings(max_examples=300)
@given(st.lists(st.tuples(steps, amounts, horizons, st.booleans()), min_size=1, max_size=40))
def test_a_transaction_that_is_not_late(events: list[Event]) -> None:
    compare(events)


def compare(events: list[Event]) -> None:
    """Folds them in both ways."""
    history, packed, t = CustomerHistory(), NOTHING_PACKED, T
    for step, cents, slack, decided_before in events:
        t += step
        forget = t - HORIZON_SECONDS + slack
        history.forget(forget)
        features = history.observe(t, cents)
        if decided_before:
            facts = history.last_ratio, history.mean_sum, history.mean_count
            again = restored(packed, t, cents, *facts, forget)
            assert again is not None
            pieces, end = again
        else:
            found = observed(packed, t, cents, forget)
            assert found is not None
            assert found[:4] == (features, history.last_ratio, history.mean_sum, history.mean_count)
            pieces, end = found[4:]
        assert end == len(packed)
        packed = b"".join(pieces)
        assert packed == history.pack()


def test_what_lies_behind_the_history_is_left_alone() -> None:
    found = observed(NOTHING_PACKED + b"more", T, 1_000, 0)
    assert found is not None
    assert found[5] == len(NOTHING_PACKED)
    assert b"more" not in b"".join(found[4])


def test_a_late_transaction_and_a_full_history_are_left_to_the_objects() -> None:
    history = CustomerHistory()
    history.observe(T, 1_000)
    assert observed(history.pack(), T - 1, 1_000, 0) is None
    assert restored(history.pack(), T - 1, 1_000, 1.0, 1.0, 1, 0) is None
    for second in range(MAX_REMEMBERED_ROWS):
        history.observe(T + second, 1_000)
    assert observed(history.pack(), T + MAX_REMEMBERED_ROWS, 1_000, 0) is None
    assert restored(history.pack(), T + MAX_REMEMBERED_ROWS, 1_000, 1.0, 1.0, 1, 0) is None


def test_totals_that_would_start_again_are_left_to_the_objects() -> None:
    for rows, simple in ((9, True), (10, False)):
        history = CustomerHistory()
        for second in range(rows):
            history.observe(T + second, 10**15)
        assert (observed(history.pack(), T + 50 * DAY, 1_000, T + DAY) is not None) is simple
        assert (restored(history.pack(), T + 50 * DAY, 1_000, 1.0, 1.0, 1, T + DAY) is not None) is simple
