"""POST /api/v1/predict and its batch: what is published, and what each outcome looks like to the caller."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from ingest_api.parts import Parts
from ingest_api.pending_replies import Reply
from ingest_api.publisher import ProducerRecord
from schemas import headers
from schemas.problems import problem
from tests.unit.ingest_api.fakes import InstantPublisher

PREDICT, BATCH = "/api/v1/predict", "/api/v1/predict/batch"


def transaction(number: int = 1, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    good = {
        "transaction_id": f"tx-{number}",
        "customer_id": "c-42",
        "terminal_id": "t-7",
        "amount": 1250,
        "currency": "EUR",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return good | changes


def publisher_of(parts: Parts) -> InstantPublisher:
    assert isinstance(parts.publisher, InstantPublisher)
    return parts.publisher


def told(record: ProducerRecord, name: str) -> str:
    return (headers.first(record.headers, name) or b"").decode()


async def test_the_answer_is_the_reply_byte_for_byte(client: httpx.AsyncClient, parts: Parts) -> None:
    odd = b'{ "status":"scored",  "score": 0.10, "x": "\\u00e9" }'
    publisher_of(parts).answer = lambda record: Reply("scored", odd)
    answer = await client.post(PREDICT, json=transaction())
    assert (answer.status_code, answer.content) == (200, odd)
    assert answer.headers["content-type"] == "application/json"
    assert "idempotent-replayed" not in answer.headers
    assert len(parts.pending) == 0


async def test_a_request_is_published_with_what_the_scorer_needs(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    before = time.time()
    await client.post(PREDICT, json=transaction(), headers={"traceparent": trace, "tracestate": "a=1"})
    (record,) = publisher_of(parts).sent
    assert record.key == b"c-42"
    assert json.loads(record.value)["transaction_id"] == "tx-1"
    assert told(record, headers.CLIENT_ID) == "default"
    assert told(record, headers.SOURCE) == "rest"
    assert told(record, headers.REQUEST_ID)[14] == "7"
    assert told(record, headers.REPLY_PARTITION) == "3"
    assert len(told(record, headers.CORRELATION_ID)) == 32
    assert before + 1 <= int(told(record, headers.DEADLINE)) / 1000 + 0.001 <= time.time() + 1.001
    assert told(record, headers.TRACEPARENT) == trace
    assert told(record, headers.TRACESTATE) == "a=1"


async def test_a_repeat_is_marked(client: httpx.AsyncClient, parts: Parts) -> None:
    publisher_of(parts).answer = lambda record: Reply("duplicate", b"{}")
    answer = await client.post(PREDICT, json=transaction())
    assert answer.headers["idempotent-replayed"] == "true"


async def test_a_rejection_is_its_problem_with_its_status(client: httpx.AsyncClient, parts: Parts) -> None:
    body = msgspec.json.encode(problem("idempotency_conflict", request_id="r-1"))
    publisher_of(parts).answer = lambda record: Reply("rejected", body)
    answer = await client.post(PREDICT, json=transaction())
    assert (answer.status_code, answer.content) == (422, body)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_late_answer_is_a_place_to_look(client: httpx.AsyncClient, parts: Parts) -> None:
    publisher_of(parts).answer = lambda record: None
    answer = await client.post(PREDICT, json=transaction(), headers={"prefer": "wait=1"})
    request_id = told(publisher_of(parts).sent[0], headers.REQUEST_ID)
    assert answer.status_code == 202
    assert answer.json() == {"request_id": request_id, "status": "pending"}
    assert answer.headers["location"] == f"/api/v1/requests/{request_id}"
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["preference-applied"] == "wait=1"
    assert len(parts.pending) == 0


@pytest.mark.parametrize("preference", ["respond-async", "wait=0"])
async def test_who_does_not_want_to_wait_is_answered_once_the_request_is_safe(
    client: httpx.AsyncClient, parts: Parts, preference: str
) -> None:
    answer = await client.post(PREDICT, json=transaction(), headers={"prefer": preference})
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, preference)
    (record,) = publisher_of(parts).sent
    assert headers.first(record.headers, headers.CORRELATION_ID) is None
    assert headers.first(record.headers, headers.DEADLINE) is None


async def test_a_publish_that_is_not_confirmed_is_unknown_and_safe_to_repeat(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    publisher_of(parts).confirms = False
    answer = await client.post(PREDICT, json=transaction())
    assert (answer.status_code, answer.json()["code"]) == (503, "publish_unknown")
    assert answer.json()["retryable"] is True
    assert answer.headers["retry-after"] == "1"
    assert len(parts.pending) == 0


async def test_a_bad_request_leaves_no_trace_in_kafka(client: httpx.AsyncClient, parts: Parts) -> None:
    for content in (b"", b"{", b"[]", json.dumps(transaction(amount=-1)).encode()):
        answer = await client.post(PREDICT, content=content, headers={"content-type": "application/json"})
        assert answer.status_code in {400, 422}
    assert publisher_of(parts).sent == []


async def test_a_batch_answers_in_order_and_one_bad_item_refuses_no_other(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    def answer(record: ProducerRecord) -> Reply | None:
        number = json.loads(record.value)["transaction_id"]
        if number == "tx-2":
            return Reply("rejected", msgspec.json.encode(problem("unsupported_currency")))
        return None if number == "tx-4" else Reply("scored", b'{"id":"%s"}' % number.encode())

    publisher_of(parts).answer = answer
    items = [transaction(1), transaction(2), transaction(3, amount=-1), transaction(4), transaction(5)]
    got = await client.post(BATCH, json={"transactions": items}, headers={"prefer": "wait=1"})
    assert got.status_code == 200
    results = got.json()["results"]
    assert [item["status"] for item in results] == [200, 422, 422, 202, 200]
    assert results[0] == {"status": 200, "prediction": {"id": "tx-1"}}
    assert results[1]["problem"]["code"] == "unsupported_currency"
    assert results[2]["problem"]["errors"][0]["pointer"] == "/transactions/2/amount"
    assert results[3]["location"] == f"/api/v1/requests/{results[3]['request_id']}"
    assert [json.loads(record.value)["transaction_id"] for record in publisher_of(parts).sent] == [
        "tx-1",
        "tx-2",
        "tx-4",
        "tx-5",
    ]


async def test_a_batch_that_kafka_does_not_confirm_waits_once_not_once_an_item(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    publisher_of(parts).confirms = False
    started = time.monotonic()
    got = await client.post(BATCH, json={"transactions": [transaction(number) for number in range(50)]})
    assert {item["problem"]["code"] for item in got.json()["results"]} == {"publish_unknown"}
    assert time.monotonic() - started < 1


async def test_a_batch_costs_its_size(client: httpx.AsyncClient) -> None:
    got = await client.post(BATCH, json={"transactions": [transaction(number) for number in range(60)]})
    left = int(got.headers["ratelimit"].partition("r=")[2].partition(";")[0])
    assert 4_940 <= left < 4_999  # the bucket leaks while the batch is decided
