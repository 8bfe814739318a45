"""What the e2e tests send, and how they follow it."""

import itertools
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.support.waiting import until

_NUMBER = itertools.count()
_RUN = uuid.uuid4().hex[:8]


def body(**changes: object) -> dict[str, Any]:
    """A new transaction of this moment; `changes` replace fields."""
    number = next(_NUMBER)
    return {
        "transaction_id": f"tx-{_RUN}-{number}",
        "customer_id": f"c-{number % 40}",
        "terminal_id": "t-1",
        "amount": 1_000 + number,
        "currency": "EUR",
        "occurred_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **changes,
    }


async def scored(
    client: httpx.AsyncClient, transaction: dict[str, Any], seconds: float = 120
) -> dict[str, Any]:
    """Sends until answered, as a client would that honours Retry-After; the prediction."""
    deadline = time.monotonic() + seconds
    location: str | None = None
    found: dict[str, Any] = {}

    async def answered() -> bool:
        nonlocal location, found
        try:
            if location is None:
                answer = await client.post("/api/v1/predict", json=transaction)
            else:
                answer = await client.get(location)
        except httpx.TransportError:
            return False
        location = answer.headers.get("Location", location)
        if answer.status_code != 200:
            assert answer.status_code in (202, 404, 429, 503), answer.text
            return False
        found = answer.json().get("prediction") or answer.json()
        return found.get("status") == "scored"

    await until(answered, f"an answer for {transaction['transaction_id']}", deadline - time.monotonic(), 0.2)
    return found


async def row(client: httpx.AsyncClient, prediction_id: str, seconds: float = 120) -> httpx.Response:
    """The stored prediction, once the sink has it."""
    found: list[httpx.Response] = []

    async def stored() -> bool:
        answer = await client.get(f"/api/v1/predictions/{prediction_id}")
        found.append(answer)
        return answer.status_code == 200

    await until(stored, f"the row of {prediction_id}", seconds)
    return found[-1]


async def answers_at_once(client: httpx.AsyncClient) -> None:
    """Until a prediction comes back within its wait: the scorer has its partitions."""

    async def at_once() -> bool:
        return (await client.post("/api/v1/predict", json=body())).status_code == 200

    await until(at_once, "a prediction is answered at once", 180)
