"""State rebuilt from the log equals the state of a worker that never stopped."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.outcomes import FOLD_VERSION
from stream_processor.pipeline.memory import CustomerMemory
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.state import PartitionState, UnknownFoldVersion
from tests.support.actors import rules
from tests.support.fake_log import FakeRecord
from tests.support.histories import DAY, EVENTS, HOUR, Event, history, split
from tests.support.records import NOW, body, decided, fold_of, outcome, raw, remembered, request

SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=5)


def lived(records: list[FakeRecord], sizes: list[int]) -> tuple[list[Result], PartitionState]:
    state = PartitionState()
    results: list[Result] = []
    for batch in split(records, sizes):
        results += decided(batch, state, rules())
    return results, state


def fold_into(state: PartitionState, results: list[Result]) -> PartitionState:
    state.apply([(state.log_end + number, fold_of(entry)) for number, entry in enumerate(results)])
    return state


@settings(max_examples=150, deadline=None)
@given(events=EVENTS, sizes=SIZES)
def test_a_state_folded_from_the_results_equals_the_one_that_made_them(
    events: list[Event], sizes: list[int]
) -> None:
    results, state = lived(history(events), sizes)
    assert remembered(fold_into(PartitionState(), results)) == remembered(state)


@settings(max_examples=100, deadline=None)
@given(events=EVENTS, sizes=SIZES, cut=st.integers(0, 40))
def test_a_state_that_lived_through_a_prefix_and_folded_the_tail_is_the_same(
    events: list[Event], sizes: list[int], cut: int
) -> None:
    records = history(events)
    results, state = lived(records, sizes)
    _, prefix = lived(records[:cut], sizes)
    assert remembered(fold_into(prefix, results[len(records[:cut]) :])) == remembered(state)


@settings(max_examples=100, deadline=None)
@given(events=EVENTS, cut=st.integers(0, 40))
def test_a_recovered_state_decides_what_follows_byte_for_byte_alike(events: list[Event], cut: int) -> None:
    records = history(events)
    uninterrupted, _ = lived(records, [5])
    before = records[:cut]
    results, _ = lived(before, [5])
    recovered = fold_into(PartitionState(), results)
    after = [entry for batch in split(records[cut:], [5]) for entry in decided(batch, recovered, rules())]
    expected = [(entry.value, entry.headers) for entry in uninterrupted[cut:]]
    assert [(entry.value, entry.headers) for entry in after] == expected


@settings(max_examples=60, deadline=None)
@given(events=EVENTS, again=st.lists(st.integers(0, 39), max_size=10))
def test_repeated_log_records_change_nothing_but_the_end_of_the_log(
    events: list[Event], again: list[int]
) -> None:
    results, state = lived(history(events), [7])
    folded = fold_into(PartitionState(), results)
    for place in [*again, len(results) - 1]:
        repeat = fold_of(results[place % len(results)])
        assert folded.apply([(folded.log_end, repeat)]) == [False]
        state.log_end += 1
    assert remembered(folded) == remembered(state)


def test_the_mark_is_recovered_from_a_log_whose_kept_part_begins_with_a_rejected_record() -> None:
    records = [request(0, body(1, at=NOW)), raw(1, b"{")]
    results, state = lived(records, [2])
    tail = PartitionState()
    tail.apply([(1, fold_of(results[1]))])
    assert tail.mark == state.mark
    late = request(2, body(2, at=NOW - HOUR))
    assert outcome(decided([late], tail, rules())[0])["late"] is True


def test_a_fold_of_another_version_stops_the_recovery() -> None:
    results, _ = lived([request(0, body(1))], [1])
    fold = fold_of(results[0])
    other = type(fold)(FOLD_VERSION + 1, fold.offset, fold.mark)
    with pytest.raises(UnknownFoldVersion):
        PartitionState().apply([(0, other)])


def test_a_customer_beyond_the_horizon_is_forgotten() -> None:
    records = [
        request(0, body(1, "c-old", at=NOW - 50 * DAY), arrived=NOW - 50 * DAY),
        request(1, body(2, "c-new", at=NOW)),
    ]
    _, state = lived(records, [1])
    state.forget_idle()
    assert list(state.customers) == ["default\0c-new"]


def test_a_recovery_remembers_no_more_than_the_horizon() -> None:
    moments = [NOW - days * DAY for days in range(200, 0, -1)]
    records = [request(n, body(n, at=at), arrived=at) for n, at in enumerate(moments)]
    results, _ = lived(records, [50])
    memory = CustomerMemory.unpack(fold_into(PartitionState(), results).customers["default\0c-1"])
    assert len(memory.history) <= 46
    assert len(memory.decided) <= 46
