"""Late transactions, the mark that never runs ahead of the broker, and what lies beyond the horizon."""

from datetime import datetime

import pytest

from flowserve_ml.features.definitions import HORIZON_SECONDS
from stream_processor.pipeline.memory import CustomerMemory
from stream_processor.pipeline.state import PartitionState
from tests.support.actors import rules
from tests.support.histories import DAY, HOUR
from tests.support.records import NOW, body, codes, decided, fold_of, outcome, request


def test_a_transaction_before_the_mark_is_late_and_one_at_the_mark_is_not() -> None:
    moments = [NOW, NOW, NOW - 1, NOW + 1]
    records = [request(place, body(place, at=at)) for place, at in enumerate(moments)]
    results = decided(records, PartitionState(), rules())
    assert [outcome(entry)["late"] for entry in results] == [False, False, True, False]


def test_every_outcome_says_when_it_was_received_and_decided() -> None:
    records = [request(0, body(1)), request(1, body(1), arrived=NOW - 61), request(2, body(1, amount=7))]
    results = decided(records, PartitionState(), rules())
    assert codes(results) == ["scored", "duplicate", "idempotency_conflict"]
    times = [
        [datetime.fromisoformat(outcome(entry)[name]).timestamp() for name in ("received_at", "decided_at")]
        for entry in results
    ]
    assert times == [[NOW, NOW], [NOW - 61, NOW], [NOW, NOW]]


def test_a_late_transaction_does_not_move_the_mark_back() -> None:
    state = PartitionState()
    decided([request(0, body(1, at=NOW)), request(1, body(2, at=NOW - HOUR))], state, rules())
    assert state.mark == NOW


def test_the_mark_is_never_ahead_of_broker_time() -> None:
    state = PartitionState()
    results = decided([request(0, body(1, at=NOW + 299), arrived=NOW)], state, rules())
    assert state.mark == NOW
    assert fold_of(results[0]).mark == NOW


def test_a_duplicate_and_a_rejected_record_carry_the_mark_and_do_not_move_it() -> None:
    records = [
        request(0, body(1, at=NOW - HOUR)),
        request(1, body(1, at=NOW - HOUR)),
        request(2, body(1, at=NOW)),
    ]
    results = decided(records, PartitionState(), rules())
    assert codes(results) == ["scored", "duplicate", "idempotency_conflict"]
    assert [fold_of(entry).mark for entry in results] == [NOW - HOUR] * 3


@pytest.mark.parametrize(
    ("age", "code"),
    [
        (40 * DAY, "scored"),
        (40 * DAY + 1, "time_out_of_range"),
        (-300, "scored"),
        (-301, "time_out_of_range"),
    ],
)
def test_occurred_at_is_held_against_the_time_of_arrival_to_the_second(age: int, code: str) -> None:
    long_ago = NOW - 200 * DAY
    record = request(0, body(1, at=long_ago - age), arrived=long_ago)
    assert codes(decided([record], PartitionState(), rules())) == [code]


@pytest.mark.parametrize(("age", "rows"), [(HORIZON_SECONDS - 1, 2), (HORIZON_SECONDS, 1)])
def test_nothing_as_old_as_the_horizon_is_remembered(age: int, rows: int) -> None:
    state = PartitionState()
    earlier = NOW - age
    decided([request(0, body(1, at=earlier), arrived=earlier)], state, rules())
    decided([request(1, body(2, "c-2", at=NOW))], state, rules())
    decided([request(2, body(3, at=NOW))], state, rules())
    memory = CustomerMemory.unpack(state.customers["default\0c-1"])
    assert (len(memory.history), len(memory.decided)) == (rows, rows)


def test_a_late_transaction_is_counted_in_the_window_of_its_own_time() -> None:
    records = [
        request(0, body(1, at=NOW - 3 * DAY)),
        request(1, body(2, at=NOW)),
        request(2, body(3, at=NOW - 3 * DAY + HOUR)),
    ]
    results = decided(records, PartitionState(), rules())
    assert [outcome(entry)["features"]["customer_count_1d"] for entry in results] == [1, 1, 2]
