"""Every limit holds at n - 1 and n, and refuses n + 1 with its own problem."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from local_stack.process import Process
from tests.support import requests
from tests.support.security.stack import SecuredStack
from tests.support.waiting import until

JSON = {"Content-Type": "application/json"}
PREDICT, BATCH, LOGS = "/api/v1/predict", "/api/v1/predict/batch", "/api/v1/logs"
BODY, BATCH_BODY, HEADERS, RATE = 65_536, 1_048_576, 64, 100


def padded(size: int, content: dict[str, object] | None = None) -> bytes:
    """JSON of so many bytes; white space counts as well."""
    text = json.dumps(content or requests.body()).encode()
    return text + b" " * (size - len(text))


@pytest.mark.parametrize(("size", "status"), [(BODY - 1, 200), (BODY, 200), (BODY + 1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body(client: httpx.AsyncClient, size: int, status: int, chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        whole = padded(size)
        for start in range(0, size, 10_000):
            yield whole[start : start + 10_000]

    answer = await client.post(PREDICT, content=pieces() if chunked else padded(size), headers=JSON)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("more", "status"), [(-1, 200), (0, 200), (1, 413)])
async def test_the_body_of_a_batch(client: httpx.AsyncClient, more: int, status: int) -> None:
    content = padded(BATCH_BODY + more, {"transactions": [requests.body()]})
    assert (await client.post(BATCH, content=content, headers=JSON)).status_code == status


@pytest.mark.parametrize(("size", "status"), [(0, 422), (1, 200), (99, 200), (100, 200), (101, 422)])
async def test_the_size_of_a_batch(client: httpx.AsyncClient, size: int, status: int) -> None:
    bodies = [requests.body() for _ in range(size)]
    answer = await client.post(BATCH, json={"transactions": bodies})
    assert answer.status_code == status
    if status == 200:
        assert len(answer.json()["results"]) == size


@pytest.mark.parametrize("name", ["transaction_id", "customer_id", "terminal_id"])
@pytest.mark.parametrize(("length", "status"), [(0, 422), (1, 200), (127, 200), (128, 200), (129, 422)])
async def test_an_id(client: httpx.AsyncClient, name: str, length: int, status: int) -> None:
    body = requests.body()
    body[name] = (body["transaction_id"] * 20)[:length]
    assert (await client.post(PREDICT, json=body)).status_code == status


@pytest.mark.parametrize(("amount", "status"), [(-1, 422), (0, 200), (10**12, 200), (10**12 + 1, 422)])
async def test_an_amount(client: httpx.AsyncClient, amount: int, status: int) -> None:
    assert (await client.post(PREDICT, json=requests.body(amount=amount))).status_code == status


@pytest.mark.parametrize(("limit", "status"), [(0, 422), (1, 200), (99, 200), (100, 200), (101, 422)])
async def test_a_page(client: httpx.AsyncClient, limit: int, status: int) -> None:
    for path in (LOGS, "/api/v1/replays", "/api/v1/dlq"):
        assert (await client.get(path, params={"limit": limit})).status_code == status


@pytest.mark.parametrize(
    ("length", "code"), [(399, "bad_cursor"), (400, "bad_cursor"), (401, "invalid_field")]
)
async def test_a_cursor(client: httpx.AsyncClient, length: int, code: str) -> None:
    assert (await client.get(LOGS, params={"cursor": "A" * length})).json()["code"] == code


@pytest.mark.parametrize(
    ("window", "status"),
    [("0s", 422), ("1s", 200), ("59d", 200), ("60d", 200), (f"{60 * 86_400 + 1}s", 422), ("9" * 16, 422)],
)
async def test_a_window(client: httpx.AsyncClient, window: str, status: int) -> None:
    assert (await client.get("/api/v1/metrics", params={"window": window})).status_code == status


@pytest.mark.parametrize(("asked", "applied"), [(0, 0), (29, 29), (30, 30), (31, 30), (10**9, 30)])
async def test_a_wait(client: httpx.AsyncClient, asked: int, applied: int) -> None:
    answer = await client.post(PREDICT, json=requests.body(), headers={"Prefer": f"wait={asked}"})
    assert answer.headers["Preference-Applied"] == f"wait={applied}"


@pytest.mark.parametrize(("more", "status"), [(-1, 200), (0, 200), (1, 431)])
async def test_the_number_of_headers(stack: SecuredStack, more: int, status: int) -> None:
    async with httpx.AsyncClient(base_url=stack.url) as bare:
        sent = len(bare.build_request("GET", "/health/live").headers)
        extra = {f"x-{number}": "1" for number in range(HEADERS - sent + more)}
        assert (await bare.get("/health/live", headers=extra)).status_code == status


@pytest.fixture(scope="module")
def strict(stack: SecuredStack) -> tuple[Process, str]:
    """One more API, with the lowest rate there may be."""
    return stack.another_api(FLOWSERVE_RATE_LIMIT_PER_SECOND=str(RATE))


async def test_the_rate_of_a_key_whose_batch_costs_its_size(
    stack: SecuredStack, strict: tuple[Process, str]
) -> None:
    process, url = strict
    process.start()
    try:
        headers = {"Authorization": f"Bearer {stack.key}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=40) as client:

            async def ready() -> bool:
                try:
                    return (await client.get("/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready, "the strict API is ready", 60)
            whole = {"transactions": [requests.body() for _ in range(RATE)]}
            exact = await client.post(BATCH, json=whole)
            assert (exact.status_code, exact.headers["RateLimit-Policy"]) == (200, f'"client";q={RATE};w=1')
            answers = await asyncio.gather(*(client.post(BATCH, json=whole) for _ in range(5)))
            refused = [answer for answer in answers if answer.status_code == 429]
            assert refused
            assert all(answer.json()["retryable"] is True for answer in refused)
            assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    finally:
        process.stop(30)
