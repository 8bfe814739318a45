"""Reports as rows, without any I/O: what joins its prediction, and what becomes a dead letter."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import identifiers, topics
from schemas.erasure import encode_erasure
from schemas.feedback import Feedback, canonical_feedback
from stream_processor.sink.batch import Place, read_slice
from stream_processor.sink.errors import BadRecord
from stream_processor.sink.rows import feedback_row
from stream_processor.sink.tables import DEAD_LETTERS, FEEDBACK
from tests.unit.stream_processor.sink.test_rows import Consumed, named

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPORT = canonical_feedback(Feedback("tx-1", "c-1", True))
CARD = b'{"transaction_id":"4242 4242 4242 4242","customer_id":"c-1","is_fraud":true}'


def test_a_report_is_filed_by_its_place_and_names_the_prediction_that_it_is_about() -> None:
    record = Consumed(REPORT, [("client_id", b"acme")], timestamp=int(NOON.timestamp() * 1000))
    assert named(FEEDBACK, feedback_row(record)) == {
        "topic": topics.FEEDBACK,
        "partition": 3,
        "offset": 9,
        "client_id": "acme",
        "prediction_id": identifiers.text(identifiers.prediction_id("acme", "c-1", "tx-1")),
        "transaction_id": "tx-1",
        "customer_id": "c-1",
        "is_fraud": True,
        "reported_at": NOON,
        "place": 9,
    }


def test_a_producer_that_names_no_client_reports_for_the_default_one() -> None:
    row = named(FEEDBACK, feedback_row(Consumed(REPORT)))
    assert row["client_id"] == "default"
    assert row["prediction_id"] == identifiers.text(identifiers.prediction_id("default", "c-1", "tx-1"))


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"\xff", CARD, REPORT.replace(b"true", b"1")])
def test_a_report_that_cannot_be_read_becomes_a_dead_letter_without_its_payload(value: bytes | None) -> None:
    place = Place(topics.FEEDBACK, 3)
    part = read_slice(
        place, 8, [Consumed(REPORT, offset=8), Consumed(value), Consumed(REPORT, offset=10)], NOON
    )
    assert [row[2] for row in part.rows] == [8, 10]
    assert part.next == 11
    (letter,) = part.unreadable
    assert named(DEAD_LETTERS, letter) == {
        "topic": topics.FEEDBACK,
        "partition": 3,
        "offset": 9,
        "source_topic": None,
        "source_partition": 3,
        "source_offset": None,
        "client_id": "default",
        "stage": "sink",
        "error_code": "unreadable_feedback",
        "error_message": "The value is not a report.",
        "failed_at": NOON,
        "attempts": 1,
        "payload_kept": True,
        "place": 9,
    }


values = st.none() | st.binary(max_size=80) | st.just(REPORT) | st.just(CARD)
some_headers = st.lists(
    st.tuples(st.sampled_from(["client_id", "source"]), st.binary(max_size=70)), max_size=4
)


@given(values, some_headers)
def test_no_report_whatever_stops_the_sink(value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
    try:
        row = feedback_row(Consumed(value, headers))
    except BadRecord:
        return
    assert row is not None
    assert len(row) == len(FEEDBACK.copied)


def test_a_request_to_forget_a_customer_is_no_row() -> None:
    _, value, wire = encode_erasure("c-1", "alpha")
    assert feedback_row(Consumed(value, wire)) is None
