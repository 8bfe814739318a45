"""The cursor of /logs survives the round trip, is bound to its filters, and is never trusted."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.cursor import decode_cursor, encode_cursor, filters_name
from ingest_api.filters import LogQuery
from schemas.problems import Refusal

AT = datetime(2026, 11, 23, 12, 0, 0, 123_456, tzinfo=UTC)


@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
)
def test_a_place_survives_the_round_trip_to_the_microsecond(
    moment: datetime, partition: int, offset: int
) -> None:
    place = decode_cursor(encode_cursor(moment, partition, offset, "f"), "f")
    assert (place.received_at(), place.p, place.o) == (moment, partition, offset)


@given(st.text(max_size=500))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(Refusal, match="bad_cursor"):
        decode_cursor(text, "f")


@pytest.mark.parametrize(
    "inner",
    [
        b'{"t":1e30,"p":0,"o":0,"f":"f"}',
        b'{"t":99999999999999999999,"p":0,"o":0,"f":"f"}',
        b'{"t":0,"p":-1,"o":0,"f":"f"}',
        b'{"t":0,"p":0,"o":9223372036854775808,"f":"f"}',
        b'{"t":0,"p":4294967296,"o":0,"f":"f"}',
        b'{"t":0,"p":0,"o":0,"f":"f","x":1}',
        b"[]",
    ],
)
def test_a_forged_place_that_no_row_can_have_is_refused(inner: bytes) -> None:
    with pytest.raises(Refusal, match="bad_cursor"):
        decode_cursor(base64.urlsafe_b64encode(inner).decode(), "f")


def test_a_cursor_serves_only_the_client_and_the_filters_it_was_made_for() -> None:
    name = LogQuery(customer_id="c-1").name("a")
    cursor = encode_cursor(AT, 1, 2, name)
    decode_cursor(cursor, LogQuery(customer_id="c-1", limit=5, cursor="x").name("a"))
    for other in (LogQuery(customer_id="c-2").name("a"), LogQuery(customer_id="c-1").name("b")):
        with pytest.raises(Refusal, match="bad_cursor"):
            decode_cursor(cursor, other)


def test_the_same_time_in_another_zone_is_the_same_filter() -> None:
    utc = LogQuery.model_validate({"from": "2026-11-23T12:00:00Z"})
    paris = LogQuery.model_validate({"from": "2026-11-23T13:00:00+01:00"})
    later = LogQuery.model_validate({"to": "2026-11-23T12:00:00Z"})
    assert utc.name("a") == paris.name("a") != later.name("a")


def test_filters_have_short_names() -> None:
    assert len(filters_name("a" * 1000, {"b": timedelta(1).days})) == 16
