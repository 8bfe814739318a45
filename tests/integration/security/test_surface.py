"""What is not documented is not there: routes, methods, media types, headers, listeners, names of metrics."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support import requests
from tests.support.exposition import undeclared
from tests.support.listening import listening
from tests.support.security.stack import SecuredStack

JSON = {"Content-Type": "application/json"}
PREDICT = "/api/v1/predict"
GUARDS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
UNDOCUMENTED = (
    "//",
    "/admin",
    "/api",
    "/api/",
    "/api/v1",
    "/api/v1/",
    "/api/v1/predict/",
    "/api/v1/predict/batch/",
    "/api/v2/predict",
    "/api/v1/logs/",
    "/api/v1/%2e%2e/metrics",
    "/api/v1/logs%00",
    "/docs/",
    "/docs/oauth2-redirect",
    "/redoc",
    "/openapi.yaml",
    "/metrics/",
    "/health",
    "/health/live/",
    "/static/../pyproject.toml",
    "/.env",
    "/favicon.ico",
)


@pytest.mark.parametrize("path", UNDOCUMENTED)
async def test_there_is_nothing_but_what_is_documented_and_no_redirect(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(httpx.URL(str(client.base_url)).copy_with(raw_path=path.encode()))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_every_answer_bears_the_security_headers_and_none_names_the_server(
    client: httpx.AsyncClient,
) -> None:
    for method, path, status in (
        ("GET", "/health/live", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/api/v1/logs", 200),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/logs?limit=x", 422),
        ("POST", "/api/v1/predict", 415),
    ):
        answer = await client.request(method, path)
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in GUARDS} == GUARDS
        assert "server" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_the_console_has_a_policy_of_its_own_that_lets_in_nothing_foreign(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/", "/console/js/main.js", "/console/nothing"):
        answer = await client.get(path, headers={"Authorization": ""})
        assert {name: answer.headers.get(name) for name in list(GUARDS)[:3]} == dict(list(GUARDS.items())[:3])
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


async def test_the_page_of_the_api_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs", headers={"Authorization": ""})
    assert {name: page.headers.get(name) for name in list(GUARDS)[:3]} == dict(list(GUARDS.items())[:3])
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "http" not in policy
    assert re.findall(r'(?:href|src)="(?!/)', page.text) == []


async def test_a_page_of_another_site_may_not_call(client: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await client.options(PREDICT, headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    for path in (PREDICT, "/api/v1/logs", "/metrics"):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": ""},
        {**JSON, "Content-Encoding": "gzip"},
    ],
)
async def test_a_body_is_json_and_nothing_else(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    for path in (PREDICT, "/api/v1/predict/batch", "/api/v1/feedback"):
        answer = await client.post(path, content=b"a=b", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_an_endless_body_of_another_type_is_refused_before_it_is_read(
    client: httpx.AsyncClient,
) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 100 << 20:
            taken += 65_536
            yield b"a=b&" * 16_384

    answer = await client.post(
        PREDICT, content=endless(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 415


async def test_a_forged_host_reaches_no_answer(client: httpx.AsyncClient) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Prefer": "respond-async"}
    answer = await client.post(PREDICT, json=requests.body(), headers=forged)
    assert answer.status_code == 202
    assert answer.headers["Location"].startswith("/api/v1/requests/")
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "line",
    [
        b"GET health/live HTTP/1.1",
        b"GET http://evil.example/health/live HTTP/1.1",
        b"GET /api/v1/../../metrics HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET ?x HTTP/1.1",
        b"CONNECT evil.example:443 HTTP/1.1",
        b"GET /health/live HTTP/9.9",
        b"GET /api/v1/logs\xff HTTP/1.1",
    ],
)
async def test_an_odd_request_line_breaks_nothing(stack: SecuredStack, line: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(stack.url).port)
    try:
        writer.write(line + b"\r\nhost: x\r\nconnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()
        await writer.wait_closed()
    assert answer.split(b" ")[1] in (b"200", b"400", b"401", b"404", b"405")
    assert b"evil" not in answer
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    "text", ["' or '1'='1", '"; drop table requests; --', "%", "_", "c-1') union select key_hash", "\\"]
)
async def test_sql_in_a_filter_is_a_name_that_nobody_has(client: httpx.AsyncClient, text: str) -> None:
    for name in ("customer_id", "terminal_id", "transaction_id", "model_version"):
        answer = await client.get("/api/v1/logs", params={name: text})
        assert (answer.status_code, answer.json()["data"]) == (200, [])
    for name in ("decision", "source", "status", "from", "cursor", "limit", "order_by", "sort"):
        answer = await client.get("/api/v1/logs", params={name: text})
        assert answer.status_code == 422
    assert (await client.get("/api/v1/metrics", params={"window": text})).status_code == 422


async def test_no_name_or_address_of_a_model_is_taken_from_a_caller(client: httpx.AsyncClient) -> None:
    for model in ("../../etc/passwd", "/etc/passwd", "http://evil.example/model"):
        answer = await client.post(PREDICT, json=requests.body(model=model))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


def test_unless_told_otherwise_no_process_listens_but_the_api_on_its_one_port(stack: SecuredStack) -> None:
    """With a port for their metrics: tests/e2e/test_metrics.py."""
    found = {process.name: listening(process.pid or 0) for process in (stack.api, stack.scorer, stack.sink)}
    assert found == {"api": {("127.0.0.1", httpx.URL(stack.url).port)}, "scorer-0": set(), "sink": set()}


def test_no_process_can_leave_a_copy_of_its_memory_behind(stack: SecuredStack) -> None:
    for process in (stack.api, stack.scorer, stack.sink):
        limits = Path(f"/proc/{process.pid}/limits").read_text().splitlines()
        (core,) = (line.split() for line in limits if line.startswith("Max core file size"))
        assert core[4:6] == ["0", "0"], process.name


async def test_the_names_of_metrics_do_not_grow_with_what_is_asked(client: httpx.AsyncClient) -> None:
    async def series() -> set[str]:
        text = (await client.get("/metrics")).text
        assert undeclared(text) == set()
        return {line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")}

    before = await series()
    for _ in range(20):
        await client.post(PREDICT, json=requests.body(currency="XXX"), headers={"User-Agent": "agent"})
        await client.get("/api/v1/nothing-" + requests.body()["transaction_id"])
    assert await series() == before


async def test_two_hundred_who_never_finish_their_request_hinder_nobody(
    stack: SecuredStack, client: httpx.AsyncClient
) -> None:
    await requests.answers_at_once(client)
    port = httpx.URL(stack.url).port or 0
    head = f"POST {PREDICT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {stack.key}\r\n".encode()
    body = b"content-type: application/json\r\ncontent-length: 500\r\n\r\n{"
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(head + body if number % 2 else head)
        for _ in range(20):
            answer = await client.post(PREDICT, json=requests.body())
            assert answer.status_code in (200, 202)
        for connection in slow:
            connection.settimeout(30)
        answers = await asyncio.gather(*(asyncio.to_thread(connection.recv, 400) for connection in slow))
        assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)
    finally:
        for connection in slow:
            connection.close()
