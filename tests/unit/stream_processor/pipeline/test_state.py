"""The state of a partition at its edges: what a record of the log changes in it, and what it lets go."""

from msgspec.structs import replace

from flowserve_ml.features.definitions import HORIZON_SECONDS
from schemas.outcomes import Fold
from stream_processor.pipeline.erasure import markers
from stream_processor.pipeline.labels import REPLAYED_OFFSETS
from stream_processor.pipeline.memory import NOTHING, CustomerMemory
from stream_processor.pipeline.state import PartitionState, horizon
from tests.support.actors import rules
from tests.support.histories import DAY, HOUR
from tests.support.records import NOW, body, decided, fold_of, request

MINUTE = 60


def folds(ages: list[int]) -> tuple[list[Fold], PartitionState]:
    """The folds of one customer's transactions, each so many seconds old, and the state that made them."""
    state = PartitionState()
    records = [request(place, body(place, amount=900_000, at=NOW - age)) for place, age in enumerate(ages)]
    return [fold_of(entry) for entry in decided(records, state, rules())], state


def test_a_state_begins_with_nothing() -> None:
    state = PartitionState()
    assert (state.next, state.log_end, state.mark, state.received_ms) == (0, 0, 0, 0)


def test_after_a_silence_the_horizon_is_that_of_the_broker_and_else_that_of_the_mark() -> None:
    assert horizon(0, 100 * DAY * 1_000 + 999) == 100 * DAY - HORIZON_SECONDS
    assert horizon(100 * DAY, 99 * DAY * 1_000) == 100 * DAY - HORIZON_SECONDS


def test_a_rebuild_counts_declines_and_knows_what_waits_as_the_one_that_decided() -> None:
    made, lived = folds([0, 3 * HOUR, 60, 0])
    assert [fold.declined for fold in made] == [1] * 4
    rebuilt = PartitionState()
    assert rebuilt.apply(enumerate(made)) == [True] * 4
    assert rebuilt.labels.content() == lived.labels.content()
    assert rebuilt.declines.content() == lived.declines.content() == {NOW // MINUTE: (4, 4)}


def test_what_a_warm_up_wrote_is_remembered_at_its_own_place_only_and_is_no_decline() -> None:
    (fold,), _ = folds([0])
    warm = replace(fold, run="warm-up", offset=REPLAYED_OFFSETS | 5)
    state = PartitionState()
    assert state.apply([(5, warm), (6, warm)]) == [True, False]
    assert (state.next, state.log_end) == (0, 7)
    assert len(CustomerMemory.unpack(state.customers["default\0c-1"]).decided) == 1
    assert state.declines.content() == {}


def test_the_place_of_a_warm_up_stands_in_logs_and_below_the_number_of_a_partition() -> None:
    assert REPLAYED_OFFSETS == 2**47


def test_a_late_transaction_rebuilds_no_more_than_the_horizon_either() -> None:
    moments = [NOW - days * DAY + late for days in range(200, 0, -1) for late in (HOUR, 0)]
    records = [request(n, body(n, at=at), arrived=at + HOUR) for n, at in enumerate(moments)]
    made = [fold_of(entry) for entry in decided(records, PartitionState(), rules())]
    rebuilt = PartitionState()
    rebuilt.apply(enumerate(made))
    memory = CustomerMemory.unpack(rebuilt.customers["default\0c-1"])
    assert (len(memory.history), len(memory.decided)) == (90, 90)


def test_an_erasure_forgets_what_a_late_transaction_before_it_had_opened() -> None:
    made, lived = folds([0, HOUR])
    lived.ask_erasure("default\0c-1", NOW * 1_000)
    (marker,) = markers(lived)
    rebuilt = PartitionState()
    rebuilt.apply([*enumerate(made), (marker.place, marker.fold)])
    assert rebuilt.customers == {"default\0c-1": NOTHING}


def test_a_thousand_erasures_are_done_at_a_time_in_the_order_in_which_they_were_asked_for() -> None:
    state = PartitionState()
    state.log_end = 5
    for number in range(1_001):
        state.ask_erasure(f"default\0c-{number}", NOW * 1_000)
    wanted = markers(state)
    assert [marker.key for marker in wanted] == [f"c-{number}".encode() for number in range(1_000)]
    assert [marker.place for marker in wanted] == list(range(5, 1_005))
    state.apply([(marker.place, marker.fold) for marker in wanted])
    assert list(state.erasures_asked) == ["default\0c-1000"]


def test_an_erasure_that_was_done_is_known_as_long_as_its_request_may_come_again() -> None:
    state = PartitionState()
    state.mark = NOW
    last = (NOW - HORIZON_SECONDS - 8 * DAY) * 1_000
    state.erasures_done = {"a\0gone": last, "a\0kept": last + 1}
    state.forget_idle()
    assert state.erasures_done == {"a\0kept": last + 1}


def test_a_customer_is_idle_from_the_second_of_the_horizon_on() -> None:
    _, state = folds([0])
    state.mark = NOW + HORIZON_SECONDS - 1
    state.forget_idle()
    assert len(state.customers) == 1
    state.mark += 1
    state.forget_idle()
    assert state.customers == {}


def test_a_memory_equals_only_what_remembers_the_same() -> None:
    one, other = CustomerMemory(), CustomerMemory()
    other.decided.add(1, 2, 3, 4)
    assert one == CustomerMemory()
    assert one != other
    assert (one == ()) is False
