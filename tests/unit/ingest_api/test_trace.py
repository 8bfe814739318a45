"""The way of a request: which stops it has, and the time between those whose time was written down."""

from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import asyncpg

from ingest_api.trace import trace_of
from schemas.identifiers import new_request_id, record_request_id

RECEIVED = datetime(2026, 11, 24, 9, 12, 0, 410_000, tzinfo=UTC)
ASKED_MS = int(RECEIVED.timestamp() * 1_000) - 2


def a_row(**changes: object) -> asyncpg.Record:
    row: dict[str, object] = {
        "request_id": UUID(new_request_id(ASKED_MS)),
        "transaction_id": "tx-1",
        "customer_id": "c-1",
        "terminal_id": "t-1",
        "amount": 1250,
        "currency": "EUR",
        "occurred_at": RECEIVED,
        "source": "rest",
        "received_at": RECEIVED,
        "source_partition": 5,
        "source_offset": 1207,
        "outcome": "scored",
        "prediction_id": uuid4(),
        "body": "{}",
        "is_fraud": None,
        "reported_at": None,
        "decided_at": RECEIVED + timedelta(milliseconds=5),
        "stored_at": RECEIVED + timedelta(milliseconds=105),
    }
    return cast(asyncpg.Record, row | changes)


def hops(row: asyncpg.Record) -> dict[str, float | None]:
    return {stop.name: stop.ms for stop in trace_of(row).stops}


def test_a_call_has_five_stops_and_the_reply_takes_no_time_from_the_row() -> None:
    assert hops(a_row()) == {"asked": None, "on_log": 2.0, "decided": 5.0, "reply": None, "stored": 100.0}


def test_a_record_of_a_producer_begins_on_the_log_and_nobody_is_answered() -> None:
    request_id = UUID(record_request_id("flowserve.requests.v1", 5, 1207))
    row = a_row(source="kafka", request_id=request_id)
    assert hops(row) == {"on_log": None, "decided": 5.0, "stored": 100.0}


def test_what_lies_ahead_of_a_pending_request_is_left_out() -> None:
    row = a_row(outcome="pending", body=None, decided_at=None, stored_at=None, prediction_id=None)
    assert hops(row) == {"asked": None, "on_log": 2.0}


def test_a_row_from_before_its_time_was_kept_has_none() -> None:
    assert hops(a_row(stored_at=None))["stored"] is None


def test_clocks_that_differ_are_shown_as_they_are() -> None:
    assert hops(a_row(decided_at=RECEIVED - timedelta(milliseconds=1)))["decided"] == -1.0


def test_the_place_is_that_of_its_record() -> None:
    place = trace_of(a_row()).place
    assert (place.topic, place.partition, place.offset) == ("flowserve.requests.v1", 5, 1207)
