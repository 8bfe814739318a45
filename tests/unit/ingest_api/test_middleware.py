"""The outermost middleware: request ids, security headers, the access log, and a problem for any error."""

import json
import logging

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from ingest_api.middleware import ErrorAndLogMiddleware
from ingest_api.parts import Parts
from schemas.counters import Counters
from schemas.logs import JsonFormatter
from schemas.problems import Refusal
from schemas.trace_context import carried
from tests.unit.ingest_api.test_predict import PREDICT, publisher_of, transaction

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_a_usable_request_id_is_echoed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"x-request-id": "checkout-7.f_3"})
    assert answer.headers["x-request-id"] == "checkout-7.f_3"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "é", "4111111111111111", "id-4111-1111-1111-1111"])
async def test_an_unusable_request_id_or_a_card_number_is_replaced(
    client: httpx.AsyncClient, given: str
) -> None:
    answer = await client.get("/health/live", headers={b"x-request-id": given.encode()})
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 36


async def test_every_answer_carries_the_guards(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/nothing", "/openapi.json"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]


async def test_the_access_log_names_the_route_and_nothing_of_the_caller_s(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ingest_api.access")
    caplog.handler.setFormatter(JsonFormatter("api"))
    await client.post(PREDICT + "?secret=1", json=transaction(), headers={"x-request-id": "r-1"})
    await client.get("/api/v1/requests/not-an-id")
    lines = [json.loads(line) for line in caplog.text.splitlines()]
    fields, request = [line for line in lines if line["logger"] == "ingest_api.access"]
    assert (fields["method"], fields["route"], fields["status"]) == ("POST", PREDICT, 200)
    assert (fields["request_id"], fields["client_id"]) == ("r-1", "default")
    assert fields["duration_ms"] >= 0
    assert request["route"] == "/api/v1/requests/{request_id}"
    assert "secret" not in caplog.text
    assert "not-an-id" not in caplog.text


async def test_every_line_of_a_call_names_it_and_no_other_line_does(
    parts: Parts, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ingest_api")
    caplog.handler.setFormatter(JsonFormatter("api"))
    publisher_of(parts).confirms = False
    await client.post(PREDICT, json=transaction(), headers={"x-request-id": "r-1", "traceparent": TRACE})
    logging.getLogger("ingest_api").warning("about nobody")
    *own, other = [json.loads(line) for line in caplog.text.splitlines()]
    assert {(line["request_id"], line["trace_id"]) for line in own} == {("r-1", TRACE[3:35])}
    assert not {"request_id", "trace_id"} & other.keys()


async def test_every_answer_says_its_trace_the_caller_s_or_a_new_one(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/api/v1/nothing"):
        answer = await client.get(path, headers={"traceparent": TRACE})
        assert answer.headers["traceparent"] == TRACE
        for given in ({}, {"traceparent": "00-nonsense"}):
            new = (await client.get(path, headers=given)).headers["traceparent"]
            assert carried(new) is not None
            assert new != TRACE


class _App:
    """An application that fails in a given way."""

    def __init__(self, error: Exception, started: bool = False) -> None:
        self.error = error
        self.started = started

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise self.error


async def get(app: _App) -> httpx.Response:
    transport = httpx.ASGITransport(ErrorAndLogMiddleware(app, Counters()))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        return await client.get("/", headers={"x-request-id": "r-1"})


async def test_an_unexpected_error_is_a_problem_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    answer = await get(_App(RuntimeError("password=hunter2")))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "hunter2" not in answer.text
    assert any(record.exc_info for record in caplog.records)


async def test_a_refusal_is_its_problem() -> None:
    answer = await get(_App(Refusal("store_unavailable", "Later.")))
    assert answer.json() == {
        "type": "urn:flowserve:problem:store_unavailable",
        "title": "The database is not available",
        "status": 503,
        "code": "store_unavailable",
        "retryable": True,
        "detail": "Later.",
        "request_id": "r-1",
    }


async def test_a_failure_in_the_middle_of_an_answer_is_not_dressed_up_as_a_whole_one() -> None:
    with pytest.raises(RuntimeError):
        await get(_App(RuntimeError("broken off"), started=True))
