"""What a prediction says of its transaction and of the model, beside the decision."""

from stream_processor.pipeline.state import PartitionState
from tests.support.actors import rules
from tests.support.records import body, decided, outcome, request, rfc3339

NOON = 1_794_916_800


def test_the_moment_of_a_transaction_is_told_in_utc_whatever_zone_the_request_named() -> None:
    moved = {**body(1, at=NOON), "occurred_at": rfc3339(NOON + 7_200).replace("Z", "+02:00")}
    results = decided([request(0, moved), request(1, body(2, at=NOON))], PartitionState(), rules())
    assert [outcome(entry)["occurred_at"] for entry in results] == [rfc3339(NOON)] * 2


def test_a_prediction_names_the_model_that_scored_it() -> None:
    (result,) = decided([request(0, body(1))], PartitionState(), rules())
    manifest = rules().model.manifest
    assert outcome(result)["model"] == {"name": manifest.name, "version": manifest.version}
