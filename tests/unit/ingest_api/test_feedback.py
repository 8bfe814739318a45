"""POST /api/v1/feedback: what is published, what is refused, and what OpenAPI says of it."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from ingest_api import examples
from ingest_api.lag import Lag
from ingest_api.parts import Parts
from ingest_api.rows import LogEntry, Report
from ingest_api.summary import Metrics
from schemas import headers
from schemas.topics import FEEDBACK as TOPIC
from tests.unit.ingest_api.fakes import READER, FixedLag
from tests.unit.ingest_api.test_predict import publisher_of, told

FEEDBACK = "/api/v1/feedback"
GOOD = {"transaction_id": "tx-1", "customer_id": "c-42", "is_fraud": True}


async def test_a_report_is_published_under_its_customer_in_one_form(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    body = json.dumps(dict(reversed(GOOD.items())), indent=2)
    sent = {"content-type": "application/json", "traceparent": trace}
    answer = await client.post(FEEDBACK, content=body, headers=sent)
    (record,) = publisher_of(parts).sent
    assert answer.status_code == 202
    assert answer.json() == {"request_id": told(record, headers.REQUEST_ID), "status": "accepted"}
    assert (record.topic, record.key) == (TOPIC, b"c-42")
    assert record.value == b'{"transaction_id":"tx-1","customer_id":"c-42","is_fraud":true}'
    assert [name for name, _ in record.headers] == ["client_id", "request_id", "source", "traceparent"]
    assert told(record, headers.CLIENT_ID) == "default"
    assert told(record, headers.SOURCE) == "rest"
    assert told(record, headers.TRACEPARENT) == trace


async def test_a_report_that_kafka_does_not_confirm_is_unknown_and_safe_to_repeat(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    publisher_of(parts).confirms = False
    answer = await client.post(FEEDBACK, json=GOOD)
    assert (answer.status_code, answer.json()["code"]) == (503, "publish_unknown")
    assert answer.json()["retryable"] is True
    assert answer.headers["retry-after"] == "1"


async def test_a_key_without_the_scope_may_not_report(client: httpx.AsyncClient, parts: Parts) -> None:
    answer = await client.post(FEEDBACK, json=GOOD, headers={"authorization": f"Bearer {READER}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert publisher_of(parts).sent == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "empty"),
        (b"{", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b"\xff", 400, "malformed"),
        (json.dumps(GOOD | {"is_fraud": 1}).encode(), 422, "invalid_field"),
        (json.dumps(GOOD | {"is_fraud": None}).encode(), 422, "invalid_field"),
        (json.dumps(GOOD | {"customer_id": "x" * 129}).encode(), 422, "invalid_field"),
        (json.dumps(GOOD | {"customer_id": "a\u0000"}).encode(), 422, "invalid_field"),
        (json.dumps(GOOD | {"note": "x"}).encode(), 422, "invalid_field"),
        (json.dumps(GOOD | {"transaction_id": "4111-1111-1111-1111"}).encode(), 422, "card_number"),
        (b" " * 70_000, 413, "too_large"),
    ],
)
async def test_a_bad_report_leaves_no_trace_and_is_not_echoed(
    client: httpx.AsyncClient, parts: Parts, body: bytes, status: int, code: str
) -> None:
    answer = await client.post(FEEDBACK, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "4111" not in answer.text
    assert publisher_of(parts).sent == []


async def test_a_report_costs_one_and_is_not_shed_for_a_slow_scorer(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    assert isinstance(parts.lag, FixedLag)
    parts.lag.known = Lag(1_000_000, 1_000.0, ())
    answer = await client.post(FEEDBACK, json=GOOD)
    assert answer.status_code == 202
    assert answer.headers["ratelimit"] == '"client";r=4999;t=1'


async def test_openapi_shows_a_report_its_answer_and_every_error(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    operation = document["paths"][FEEDBACK]["post"]
    assert operation["requestBody"]["content"]["application/json"]["example"] == GOOD
    assert operation["responses"]["202"]["content"]["application/json"]["example"]["status"] == "accepted"
    assert _codes(operation) == {
        *("malformed", "empty", "too_large", "unsupported_media_type", "request_timeout", "header_too_large"),
        *("invalid_field", "card_number", "unauthenticated", "forbidden", "quota_exceeded"),
        *("internal_error", "not_ready", "store_unavailable", "publish_unknown"),
    }
    counted = document["components"]["schemas"]["Reported"]["description"]
    assert "reported transactions only" in counted


def _codes(operation: dict[str, Any]) -> set[str]:
    contents = [response["content"] for response in operation["responses"].values()]
    return {
        code
        for content in contents
        for code in content.get("application/problem+json", {}).get("examples", {})
    }


def test_the_examples_of_metrics_and_logs_have_every_field_of_the_answers() -> None:
    metrics = msgspec.json.decode(msgspec.json.encode(examples.METRICS), type=Metrics)
    assert json.loads(msgspec.json.encode(metrics)) == examples.METRICS
    (entry,) = examples.LOG_PAGE["data"]
    assert set(entry) == set(LogEntry.__struct_fields__)
    assert set(entry["feedback"]) == set(Report.__struct_fields__)
