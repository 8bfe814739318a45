"""What an outcome says beside the decision, and what goes with it to those who wait for it."""

import json

from stream_processor.pipeline.state import PartitionState
from tests.support.actors import rules
from tests.support.records import body, decided, outcome, raw, request, rfc3339

NOON = 1_794_916_800
TRACE = [("traceparent", b"00-abc"), ("tracestate", b"vendor=1")]
WAITING = [("correlation_id", b"mine"), ("reply_partition", b"1")]


def test_the_moment_of_a_transaction_is_told_in_utc_whatever_zone_the_request_named() -> None:
    moved = {**body(1, at=NOON), "occurred_at": rfc3339(NOON + 7_200).replace("Z", "+02:00")}
    results = decided([request(0, moved), request(1, body(2, at=NOON))], PartitionState(), rules())
    assert [outcome(entry)["occurred_at"] for entry in results] == [rfc3339(NOON)] * 2


def test_a_prediction_names_the_model_that_scored_it() -> None:
    (result,) = decided([request(0, body(1))], PartitionState(), rules())
    manifest = rules().model.manifest
    assert outcome(result)["model"] == {"name": manifest.name, "version": manifest.version}


def test_every_outcome_carries_the_correlation_and_the_trace_of_its_request() -> None:
    wire = [("correlation_id", b"mine"), *TRACE]
    records = [request(0, body(1), wire), request(1, body(1), wire), raw(2, b"{", wire=wire)]
    results = decided(records, PartitionState(), rules())
    assert [entry.status for entry in results] == ["scored", "duplicate", "rejected"]
    assert [entry.headers[-3:] for entry in results] == [wire] * 3


def test_who_waits_is_answered_what_the_log_has_and_of_a_refusal_its_problem() -> None:
    records = [request(0, body(1), WAITING), raw(1, b"{", wire=WAITING), request(2, body(2))]
    scored, refused, unasked = decided(records, PartitionState(), rules())
    assert scored.reply is not None
    assert scored.reply.value == scored.value
    assert refused.reply is not None
    assert json.loads(refused.reply.value or b"") == outcome(refused)["problem"]
    assert unasked.reply is None
