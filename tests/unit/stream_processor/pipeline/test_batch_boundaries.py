"""How Kafka happens to cut the records into batches must not show in any answer or in any state."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stream_processor.pipeline.decide import decide
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.state import PartitionState
from tests.support.actors import NOW_MS, rules
from tests.support.histories import EVENTS, Event, history, split
from tests.support.records import decided, remembered

SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=5)


def run(batches: list[list[object]]) -> tuple[list[Result], PartitionState]:
    state = PartitionState()
    results: list[Result] = []
    for batch in batches:
        results += decided(batch, state, rules())  # type: ignore[arg-type]
    return results, state


@settings(max_examples=150, deadline=None)
@given(events=EVENTS, sizes=SIZES)
def test_any_split_into_batches_gives_the_same_bytes_and_the_same_state(
    events: list[Event], sizes: list[int]
) -> None:
    records = history(events)
    whole, state_of_whole = run([list(records)])
    pieces, state_of_pieces = run([list(batch) for batch in split(records, sizes)])
    assert [(entry.value, entry.headers, entry.key) for entry in pieces] == [
        (entry.value, entry.headers, entry.key) for entry in whole
    ]
    assert remembered(state_of_pieces) == remembered(state_of_whole)


@settings(max_examples=60, deadline=None)
@given(before=EVENTS, events=EVENTS)
def test_a_draft_that_is_not_committed_changes_nothing(before: list[Event], events: list[Event]) -> None:
    records = history([*before, *events])
    _, state = run([list(records[: len(before)])])
    _, untouched = run([list(records[: len(before)])])
    decide(records[len(before) :], state, rules(), NOW_MS)
    assert (state.next, state.log_end, state.mark) == (untouched.next, untouched.log_end, untouched.mark)
    assert state.customers == untouched.customers
