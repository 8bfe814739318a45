"""The door of /api/: keys, scopes, rates, shedding and bodies, each with its own problem."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from ingest_api.gate import needed_scope
from ingest_api.lag import Lag
from ingest_api.parts import Parts
from tests.unit.ingest_api.fakes import AUTHORIZED, READER, FixedLag, make_app, make_fakes
from tests.unit.ingest_api.test_predict import BATCH, PREDICT, publisher_of, transaction

JSON = {"content-type": "application/json"}


async def call(parts: Parts, method: str, path: str, **given: object) -> httpx.Response:
    """One call on an application of its own."""
    transport = httpx.ASGITransport(make_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        return await client.request(method, path, **given)  # type: ignore[arg-type]


def code(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    return str(answer.json()["code"])


async def test_without_a_key_there_is_a_challenge(parts: Parts) -> None:
    answer = await call(parts, "POST", PREDICT, json=transaction())
    assert (answer.status_code, code(answer)) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_without_the_scope_may_not_predict(parts: Parts) -> None:
    reader = {"authorization": f"Bearer {READER}"}
    answer = await call(parts, "POST", PREDICT, json=transaction(), headers=reader)
    assert (answer.status_code, code(answer)) == (403, "forbidden")
    assert answer.headers["ratelimit"] == '"client";r=5000;t=1'  # it was told, and cost nothing
    assert publisher_of(parts).sent == []


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", PREDICT, "predict"),
        ("POST", BATCH, "predict"),
        ("GET", "/api/v1/logs", "read"),
        ("HEAD", "/api/v1/logs", "read"),
        ("GET", "/api/v1/dlq", "dlq"),
        ("DELETE", PREDICT, None),
        ("POST", "/api/v1/other", None),
    ],
)
def test_each_path_needs_its_scope(method: str, path: str, scope: str | None) -> None:
    assert needed_scope(method, path) == scope


async def test_health_metrics_and_documentation_need_no_key(parts: Parts) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"):
        assert (await call(parts, "GET", path)).status_code == 200, path


async def test_an_unknown_path_tells_nothing_without_a_key(parts: Parts) -> None:
    assert code(await call(parts, "GET", "/api/v1/nothing")) == "unauthenticated"
    assert code(await call(parts, "GET", "/api/v1/nothing", headers=AUTHORIZED)) == "not_found"
    assert code(await call(parts, "GET", "/nothing")) == "not_found"


async def test_a_wrong_method_says_which_are_right(parts: Parts) -> None:
    answer = await call(parts, "DELETE", PREDICT, headers=AUTHORIZED)
    assert (answer.status_code, code(answer)) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_every_authenticated_answer_tells_the_rate(parts: Parts) -> None:
    answer = await call(parts, "GET", "/api/v1/nothing", headers=AUTHORIZED)
    assert answer.headers["ratelimit-policy"] == '"client";q=5000;w=1'
    assert answer.headers["ratelimit"] == '"client";r=4999;t=1'


async def test_who_asks_too_much_in_a_second_is_told_so_and_nothing_waits() -> None:
    parts = make_fakes(rate_limit_per_second=100)
    await parts.keys.refresh()
    transport = httpx.ASGITransport(make_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=AUTHORIZED) as client:
        hundred = [transaction(number) for number in range(100)]
        assert (await client.post(BATCH, json={"transactions": hundred})).status_code == 200
        answer = await client.post(BATCH, json={"transactions": hundred})
        assert (answer.status_code, code(answer)) == (429, "quota_exceeded")
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["ratelimit"].startswith('"client";r=')
    assert len(publisher_of(parts).sent) == 100


async def test_a_lagging_scorer_sheds_predictions_and_nothing_else(parts: Parts) -> None:
    assert isinstance(parts.lag, FixedLag)
    parts.lag.known = Lag(1_000, 10.1, ())
    for path in (PREDICT, BATCH):
        answer = await call(parts, "POST", path, json=transaction(), headers=AUTHORIZED)
        assert (answer.status_code, code(answer)) == (503, "overloaded")
        assert int(answer.headers["retry-after"]) >= 1
    assert code(await call(parts, "GET", "/api/v1/nothing", headers=AUTHORIZED)) == "not_found"
    parts.lag.known = Lag(1_000, 9.9, ())
    answer = await call(parts, "POST", PREDICT, json=transaction(), headers=AUTHORIZED)
    assert answer.status_code == 200
    assert "flowserve_api_shed_total 2" in parts.counters.text()


async def test_a_full_waiting_room_sheds_before_anything_is_published() -> None:
    parts = make_fakes(max_pending=1)
    await parts.keys.refresh()
    parts.pending.open(b"someone", 60)
    answer = await call(parts, "POST", PREDICT, json=transaction(), headers=AUTHORIZED)
    assert code(answer) == "overloaded"
    assert publisher_of(parts).sent == []
    parts.pending.close_all()


@pytest.mark.parametrize("content_type", [None, "text/plain", "multipart/form-data", "application/xml"])
async def test_only_json_is_read(parts: Parts, content_type: str | None) -> None:
    headers = AUTHORIZED | ({"content-type": content_type} if content_type else {})
    answer = await call(parts, "POST", PREDICT, content=b"{}", headers=headers)
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")


async def test_a_compressed_body_is_not_read(parts: Parts) -> None:
    headers = AUTHORIZED | JSON | {"content-encoding": "gzip"}
    assert code(await call(parts, "POST", PREDICT, content=b"x", headers=headers)) == "unsupported_media_type"


async def test_a_body_over_the_limit_is_refused_with_or_without_a_length(parts: Parts) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1_000

    for content in (b" " * 70_000, chunks()):
        answer = await call(parts, "POST", PREDICT, content=content, headers=AUTHORIZED | JSON)
        assert (answer.status_code, code(answer)) == (413, "too_large")


async def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    parts = make_fakes(body_seconds=0.02)
    await parts.keys.refresh()

    async def stalls() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await call(parts, "POST", PREDICT, content=stalls(), headers=AUTHORIZED | JSON)
    assert (answer.status_code, code(answer)) == (408, "request_timeout")


async def test_a_query_that_is_wrong_names_its_parameters(parts: Parts) -> None:
    query = "limit=101&nothing=1&from=2026&decision=maybe&customer_id=4111111111111111"
    answer = await call(parts, "GET", f"/api/v1/logs?{query}", headers=AUTHORIZED)
    assert (answer.status_code, code(answer)) == (422, "card_number")
    named = {error["pointer"] for error in answer.json()["errors"]}
    assert named == {"/limit", "/nothing", "/from", "/decision", "/customer_id"}
    assert "4111" not in answer.text


async def test_without_a_database_stored_things_are_unavailable_and_predictions_go_on(parts: Parts) -> None:
    for path in ("logs", "metrics", "model", "requests/019ab0c4-5a80-7c1e-9d52-6f1b2c3d4e5f"):
        answer = await call(parts, "GET", f"/api/v1/{path}", headers=AUTHORIZED)
        assert (answer.status_code, code(answer)) == (503, "store_unavailable")
    ndjson = AUTHORIZED | {"accept": "application/x-ndjson"}
    assert code(await call(parts, "GET", "/api/v1/logs", headers=ndjson)) == "store_unavailable"
    answer = await call(parts, "POST", PREDICT, json=transaction(), headers=AUTHORIZED)
    assert answer.status_code == 200


async def test_without_any_reading_of_the_keys_the_answer_is_not_ready() -> None:
    parts = make_fakes()
    parts.keys._load = _down  # type: ignore[assignment]
    answer = await call(parts, "POST", PREDICT, json=transaction(), headers=AUTHORIZED)
    assert (answer.status_code, code(answer)) == (503, "not_ready")


async def _down() -> None:
    from schemas.problems import Refusal

    raise Refusal("store_unavailable")
