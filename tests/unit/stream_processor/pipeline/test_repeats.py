"""The same transaction again: a duplicate with the same body, a conflict with another."""

from stream_processor.pipeline.state import PartitionState
from tests.support.actors import rules
from tests.support.histories import DAY
from tests.support.records import NOW, body, codes, decided, outcome, raw, request

REPLY = [("correlation_id", b"mine"), ("reply_partition", b"1")]


def test_a_repeat_within_a_batch_points_to_the_first_answer_of_that_batch() -> None:
    state = PartitionState()
    decided([request(0, body(9))], state, rules())
    results = decided([request(1, body(1)), request(2, body(1), REPLY)], state, rules())
    assert codes(results) == ["scored", "duplicate"]
    assert results[1].reply is not None
    assert results[1].reply.first_offset == 1
    assert outcome(results[1])["prediction_id"] == outcome(results[0])["prediction_id"]


def test_a_repeat_in_a_later_batch_points_to_the_first_answer_on_the_log() -> None:
    state = PartitionState()
    decided([request(0, body(1)), request(1, body(2))], state, rules())
    (repeat,) = decided([request(2, body(2), REPLY)], state, rules())
    assert repeat.status == "duplicate"
    assert repeat.reply is not None
    assert repeat.reply.value is None
    assert repeat.reply.first_offset == 1


def test_a_duplicate_leaves_the_state_as_it_was() -> None:
    state = PartitionState()
    decided([request(0, body(1)), request(1, body(2))], state, rules())
    before = dict(state.customers)
    decided([request(2, body(2))], state, rules())
    assert state.customers == before


def test_the_same_id_with_another_body_is_a_conflict_without_a_dead_letter() -> None:
    state = PartitionState()
    results = decided([request(0, body(1)), request(1, body(1, amount=7))], state, rules())
    assert codes(results) == ["scored", "idempotency_conflict"]
    assert results[1].refused is None
    assert outcome(results[1])["transaction_id"] == "tx-1"


def test_an_outcome_has_the_customer_as_its_key_unless_nothing_of_the_record_was_checked() -> None:
    records = [request(0, body(1)), request(1, body(1)), request(2, body(1, amount=7)), raw(3, b"{")]
    results = decided(records, PartitionState(), rules())
    assert [entry.key for entry in results] == [b"c-1", b"c-1", b"c-1", None]


def test_after_a_conflict_the_first_body_is_still_the_one_that_counts() -> None:
    records = [request(0, body(1)), request(1, body(1, amount=7)), request(2, body(1))]
    assert codes(decided(records, PartitionState(), rules())) == [
        "scored",
        "idempotency_conflict",
        "duplicate",
    ]


def test_the_same_instant_in_another_zone_or_another_order_of_fields_is_the_same_body() -> None:
    first = body(1)
    moved = {**dict(reversed(first.items())), "occurred_at": first["occurred_at"].replace("Z", "+00:00")}
    assert codes(decided([request(0, first), request(1, moved)], PartitionState(), rules())) == [
        "scored",
        "duplicate",
    ]


def test_clients_share_neither_transactions_nor_history() -> None:
    records = [
        request(0, body(1), [("client_id", b"alpha")]),
        request(1, body(1, amount=7), [("client_id", b"beta")]),
        request(2, body(2), [("client_id", b"alpha")]),
    ]
    results = decided(records, PartitionState(), rules())
    assert codes(results) == ["scored", "scored", "scored"]
    counts = [outcome(entry)["features"]["customer_count_1d"] for entry in results]
    assert counts == [1, 1, 2]
    assert len({outcome(entry)["prediction_id"] for entry in results}) == 3


def test_customers_may_use_the_same_transaction_id() -> None:
    records = [request(0, body(1, "c-1")), request(1, body(1, "c-2"))]
    assert codes(decided(records, PartitionState(), rules())) == ["scored", "scored"]


def test_a_retry_that_is_still_acceptable_is_still_remembered() -> None:
    state = PartitionState()
    arrived = NOW - 39 * DAY
    decided([request(0, body(1, at=arrived), arrived=arrived)], state, rules())
    records = [request(1, body(2)), request(2, body(1, at=arrived))]
    assert codes(decided(records, state, rules())) == ["scored", "duplicate"]
