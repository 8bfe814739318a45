"""Every kind of bad input has its own code, status and pointer, says nothing back, and leaves no trace."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from schemas.topics import REQUESTS
from tests.support import logs, requests
from tests.support.stack import RunningStack
from tests.support.waiting import until

PARTITIONS = 12
CARD = "4111 1111 1111 1111"
JSON = {"Content-Type": "application/json"}


def moment(**ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")


def changed(**fields: object) -> bytes:
    return json.dumps(requests.body(**fields)).encode()


def without(field: str) -> bytes:
    body = requests.body()
    del body[field]
    return json.dumps(body).encode()


CASES = {
    "no JSON": (b'{"amount": ', 400, "malformed", None),
    "not UTF-8": (b'{"transaction_id": "\xff"}', 400, "malformed", None),
    "no object": (b"[1, 2]", 400, "malformed", None),
    "empty": (b"", 400, None, None),
    "missing field": (without("currency"), 422, "invalid_field", "/currency"),
    "unknown field": (changed(colour="red"), 422, "invalid_field", "/colour"),
    "amount is a string": (changed(amount="12"), 422, "invalid_field", "/amount"),
    "amount is a float": (changed(amount=12.5), 422, "invalid_field", "/amount"),
    "amount is true": (changed(amount=True), 422, "invalid_field", "/amount"),
    "amount is negative": (changed(amount=-1), 422, "invalid_field", "/amount"),
    "amount is absurd": (changed(amount=10**12 + 1), 422, "invalid_field", "/amount"),
    "currency is no code": (changed(currency="euro"), 422, "invalid_field", "/currency"),
    "id is empty": (changed(customer_id=""), 422, "invalid_field", "/customer_id"),
    "id is long": (changed(customer_id="c" * 129), 422, "invalid_field", "/customer_id"),
    "id has a control character": (changed(terminal_id="t\u0000"), 422, "invalid_field", "/terminal_id"),
    "card number": (changed(customer_id=CARD), 422, "card_number", "/customer_id"),
    "time without a zone": (changed(occurred_at="2026-11-23T12:00:00"), 422, "invalid_field", "/occurred_at"),
    "time is a number": (changed(occurred_at=1_795_000_000), 422, "invalid_field", "/occurred_at"),
    "time is too old": (changed(occurred_at=moment(days=-41)), 422, "time_out_of_range", "/occurred_at"),
    "time is ahead": (changed(occurred_at=moment(hours=2)), 422, "time_out_of_range", "/occurred_at"),
    "body is too large": (changed(terminal_id="t" * 70_000), 413, "too_large", None),
}


async def traces(stack: RunningStack) -> int:
    return await logs.total(stack.kafka.bootstrap, REQUESTS, PARTITIONS)


@pytest.mark.parametrize("name", CASES)
async def test_a_bad_body_is_refused_with_its_own_problem_and_leaves_no_trace(
    stack: RunningStack, client: httpx.AsyncClient, name: str
) -> None:
    content, status, code, pointer = CASES[name]
    before = await traces(stack)
    answer = await client.post("/api/v1/predict", content=content, headers=JSON)
    problem = answer.json()
    assert answer.status_code == status, problem
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert code is None or problem["code"] == code
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    if pointer is not None:
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert CARD not in answer.text
    assert await traces(stack) == before


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("POST", "/api/v1/predict", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ("POST", "/api/v1/predict", {"Authorization": ""}, 401, "unauthenticated"),
        ("POST", "/api/v1/predict", {"Authorization": "Bearer fs_" + "x" * 43}, 401, "unauthenticated"),
        ("POST", "/api/v1/predict", {"X-Padding": "x" * 20_000}, 431, "header_too_large"),
        ("PUT", "/api/v1/predict", {}, 405, "method_not_allowed"),
        ("POST", "/api/v1/nothing", {}, 404, "not_found"),
        ("GET", "/api/v1/requests/00000000-0000-7000-8000-000000000000", {}, 404, "not_stored_yet"),
        ("GET", "/api/v1/predictions/00000000-0000-5000-8000-000000000000", {}, 404, "not_stored_yet"),
        ("GET", "/api/v1/requests/nonsense", {}, 404, "not_found"),
        ("GET", "/api/v1/logs?cursor=bad", {}, 422, "bad_cursor"),
        ("GET", "/api/v1/logs?limit=101", {}, 422, "invalid_field"),
        ("GET", "/api/v1/logs?colour=red", {}, 422, "invalid_field"),
        ("GET", "/api/v1/metrics?window=forever", {}, 422, "invalid_field"),
    ],
)
async def test_a_bad_request_has_its_own_problem(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    content = changed() if method != "GET" else None
    answer = await client.request(method, path, content=content, headers=JSON | headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_revoked_key_and_a_key_without_the_scope_are_refused(stack: RunningStack) -> None:
    reader = stack.keys("create", "--client", "default", "--name", "reader", "--scopes", "read").split()[-1]
    async with stack.client(reader) as client:
        answer = await client.post("/api/v1/predict", json=requests.body())
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        key_id = next(
            key["key_id"] for key in json.loads(stack.keys("list", "--json")) if key["name"] == "reader"
        )
        stack.keys("revoke", key_id)

        async def refused() -> bool:
            answer = await client.get("/api/v1/model")
            return answer.status_code == 401

        await until(refused, "the revoked key is refused", 15)
