"""Records as rows, without any I/O."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import identifiers, topics
from schemas.outcomes import Fold, ModelName, Prediction, encoder
from stream_processor.sink.dead_letters import dead_letter_row
from stream_processor.sink.errors import BadRecord
from stream_processor.sink.rows import prediction_row, request_row
from stream_processor.sink.tables import DEAD_LETTERS, PREDICTIONS, REQUESTS, Row, Table

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
BODY = (
    b'{"transaction_id":"tx-1","customer_id":"c-1","terminal_id":"t-1",'
    b'"amount":1250,"currency":"EUR","occurred_at":"2026-11-23T12:00:00+02:00"}'
)


@dataclass(frozen=True)
class Consumed:
    """A record as a consumer gives it."""

    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    partition: int = 3
    offset: int = 9
    timestamp: int = int(MIDNIGHT.timestamp() * 1000)
    key: bytes | None = None


def named(table: Table, row: Row | None) -> dict[str, object]:
    """The row with its column names."""
    assert row is not None
    return dict(zip(table.copied, row, strict=True))


def prediction(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "prediction_id": "p",
        "request_id": "r",
        "transaction_id": "tx-1",
        "customer_id": "c-1",
        "terminal_id": "t-1",
        "decision": "approve",
        "score": 0.5,
        "reasons": (),
        "features": {},
        "model": ModelName("fraud", "7"),
        "source": "kafka",
        "occurred_at": MIDNIGHT,
        "received_at": MIDNIGHT,
        "decided_at": MIDNIGHT,
        "late": False,
    }
    return encoder.encode(Prediction(**(fields | changes)))  # type: ignore[arg-type]


def test_a_request_row_holds_the_transaction_and_its_place() -> None:
    headers = [
        ("client_id", b"acme"),
        ("request_id", b"01981d5e-0000-7000-8000-000000000001"),
        ("source", b"rest"),
    ]
    row = named(REQUESTS, request_row(Consumed(BODY, headers)))
    assert row == {
        "day": date(2026, 11, 23),
        "source_topic": topics.REQUESTS,
        "source_partition": 3,
        "source_offset": 9,
        "client_id": "acme",
        "request_id": "01981d5e-0000-7000-8000-000000000001",
        "source": "rest",
        "transaction_id": "tx-1",
        "customer_id": "c-1",
        "terminal_id": "t-1",
        "amount": 1250,
        "currency": "EUR",
        "occurred_at": datetime(2026, 11, 23, 10, tzinfo=UTC),
        "received_at": MIDNIGHT,
        "place": 9,
    }


def test_the_day_is_the_brokers_utc_day_to_the_millisecond() -> None:
    before = Consumed(BODY, timestamp=int(MIDNIGHT.timestamp() * 1000) - 1)
    row = named(REQUESTS, request_row(before))
    assert row["day"] == date(2026, 11, 22)
    assert row["received_at"] == datetime(2026, 11, 22, 23, 59, 59, 999_000, tzinfo=UTC)


def test_a_record_without_headers_gets_the_default_client_and_an_id_of_its_place() -> None:
    row = named(REQUESTS, request_row(Consumed(BODY)))
    assert (row["client_id"], row["source"]) == ("default", "kafka")
    assert row["request_id"] == identifiers.record_request_id(topics.REQUESTS, 3, 9)


@pytest.mark.parametrize("client", [b"", b"two words", b"\xff", b"a" * 65, b"a\n"])
def test_an_impossible_client_is_unknown(client: bytes) -> None:
    assert named(REQUESTS, request_row(Consumed(BODY, [("client_id", client)])))["client_id"] == "unknown"
    answer = Consumed(prediction(), [("fold", encoder.encode(Fold(1, 5, 0))), ("client_id", client)])
    assert named(PREDICTIONS, prediction_row(answer))["client_id"] == "unknown"


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{",
        b"[]",
        BODY.replace(b"tx-1", b"4242 4242 4242 4242"),
        BODY.replace(b"tx-1", b"a\\u0000"),
        BODY.replace(b"1250", b"9223372036854775808"),
        BODY.replace(b"2026-11-23T12:00:00+02:00", b"9999-12-31T23:00:00-12:00"),
        BODY.replace(b"2026-11-23T12:00:00+02:00", b"10000-01-01T00:00:00Z"),
    ],
)
def test_a_refused_request_keeps_its_place_and_nothing_of_its_body(value: bytes | None) -> None:
    row = named(REQUESTS, request_row(Consumed(value)))
    fields = ("transaction_id", "customer_id", "terminal_id", "amount", "currency", "occurred_at")
    assert [row[name] for name in fields] == [None] * 6
    assert row["source_offset"] == 9


def test_a_prediction_row_is_filed_under_its_request_and_keeps_the_value_verbatim() -> None:
    value = prediction()
    row = named(PREDICTIONS, prediction_row(Consumed(value, [("fold", encoder.encode(Fold(1, 5, 0)))])))
    assert (row["source_topic"], row["source_partition"], row["source_offset"]) == (topics.REQUESTS, 3, 5)
    assert (row["place"], row["body"], row["model_version"]) == (9, value.decode(), "7")


def test_a_record_of_a_replay_run_has_no_row() -> None:
    assert prediction_row(Consumed(prediction(), [("fold", encoder.encode(Fold(1, 5, 0, 0, "run")))])) is None


def test_the_first_fold_header_counts() -> None:
    headers = [("fold", encoder.encode(Fold(1, 5, 0))), ("fold", encoder.encode(Fold(1, 6, 0)))]
    assert named(PREDICTIONS, prediction_row(Consumed(prediction(), headers)))["source_offset"] == 5


def test_an_outcome_that_is_no_utf8_is_a_bad_record_with_its_source() -> None:
    value = prediction().replace(b'"features":{}', b'"features":{"\xff":1}')
    with pytest.raises(BadRecord) as bad:
        prediction_row(Consumed(value, [("fold", encoder.encode(Fold(1, 5, 0)))]))
    assert (bad.value.code, bad.value.source_offset) == ("unreadable_outcome", 5)


names = st.sampled_from(
    ["client_id", "request_id", "source", "fold", "dlq_topic", "dlq_failed_at", "dlq_offset"]
)
some_headers = st.lists(st.tuples(names, st.binary(max_size=40) | st.just(b"[1,2,3]")), max_size=6)
values = st.none() | st.binary(max_size=80) | st.just(BODY) | st.just(prediction())


@given(values, some_headers)
def test_no_record_whatever_stops_the_sink(value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
    record = Consumed(value, headers)
    assert len(request_row(record)) == len(REQUESTS.copied)
    assert len(dead_letter_row(record)) == len(DEAD_LETTERS.copied)
    try:
        row = prediction_row(record)
    except BadRecord:
        return
    assert row is None or len(row) == len(PREDICTIONS.copied)


def test_a_dead_letter_row_says_where_and_why_and_nothing_of_the_payload() -> None:
    headers = [
        ("client_id", b"acme"),
        ("dlq_error_code", b"forged by the sender"),
        ("dlq_topic", topics.REQUESTS.encode()),
        ("dlq_partition", b"3"),
        ("dlq_offset", b"77"),
        ("dlq_stage", b"validate"),
        ("dlq_error_code", b"malformed"),
        ("dlq_error_message", b"The body\0is not JSON."),
        ("dlq_failed_at", b"1795392000000"),
    ]
    row = named(DEAD_LETTERS, dead_letter_row(Consumed(b"4242424242424242", headers)))
    assert row == {
        "topic": topics.DEAD_LETTERS,
        "partition": 3,
        "offset": 9,
        "source_topic": topics.REQUESTS,
        "source_partition": 3,
        "source_offset": 77,
        "client_id": "acme",
        "stage": "validate",
        "error_code": "malformed",
        "error_message": "The body\ufffdis not JSON.",
        "failed_at": datetime(2026, 11, 23, tzinfo=UTC),
        "attempts": 1,
        "payload_kept": True,
        "place": 9,
    }


def test_a_letter_without_its_bytes_still_knows_whose_it_is_and_how_often_it_was_tried() -> None:
    headers = [
        ("dlq_client", b"forged by the sender"),
        ("dlq_payload", b"hmac"),
        ("dlq_attempts", b"3"),
        ("dlq_client", b"acme"),
    ]
    row = named(DEAD_LETTERS, dead_letter_row(Consumed(b"{}", headers)))
    assert (row["client_id"], row["attempts"], row["payload_kept"]) == ("acme", 3, False)
