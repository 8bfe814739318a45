"""The running API as its first client sees it: ready or not, a key, and one transaction all the way."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from local_stack import secret
from local_stack.errors import PartFailed
from local_stack.threads import in_thread

POLL_SECONDS = 0.1
KEY_SECONDS = 60.0
WAIT_SECONDS = 10
UNAUTHORIZED, NOT_YET = 401, 404

Check = Callable[[], None]


async def wait_ready(client: httpx.AsyncClient, seconds: float, check: Check) -> None:
    """Polls /health/ready; `check` raises when that has become useless. Raises PartFailed at the deadline."""
    deadline = monotonic() + seconds
    last = "nothing answered"
    while monotonic() < deadline:
        check()
        try:
            answer = await client.get("/health/ready")
            if answer.is_success:
                return
            last = f"{answer.status_code}: {answer.text[:300]}"
        except httpx.TransportError as error:
            last = str(error)
        await asyncio.sleep(POLL_SECONDS)
    raise PartFailed("api", f"not ready within {seconds:.0f} s; its last word: {last}")


def make_key(environment: Mapping[str, str]) -> str:
    """A new API key of the client `default`. Raises PartFailed."""
    command = [sys.executable, "-m", "cli", "keys", "create", "--client", "default", "--name", "local"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=KEY_SECONDS)
    words = done.stdout.split()
    if done.returncode != 0 or not words:
        tail = (done.stdout + done.stderr).splitlines()[-20:]
        raise PartFailed("api key", "`python -m cli keys create` failed", tail)
    return words[-1]


async def first_decision(
    client: httpx.AsyncClient,
    key: str,
    transaction: Mapping[str, object],
    seconds: float,
    check: Check,
    new_key: bool = False,
) -> dict[str, Any] | None:
    """Sends the transaction and follows it to its prediction; None when the API refuses the key.

    A repeat is the same transaction, so it may be sent again. A new key is given time: the API reads its keys
    now and then, not at every call.
    """
    headers = {"Authorization": f"Bearer {key}", "Prefer": f"wait={WAIT_SECONDS}"}
    deadline = monotonic() + seconds
    last = ""
    location: str | None = None
    while monotonic() < deadline:
        check()
        try:
            answer = await _ask(client, headers, transaction, location)
        except httpx.TransportError as error:
            last = str(error)
        else:
            if answer.status_code == UNAUTHORIZED and not new_key:
                return None
            last = f"{answer.status_code}: {answer.text[:300]}"
            if (prediction := prediction_of(answer)) is not None:
                return prediction
            location = answer.headers.get("Location", location)
            if answer.is_client_error and answer.status_code not in (NOT_YET, UNAUTHORIZED):
                break
        await asyncio.sleep(POLL_SECONDS)
    raise PartFailed("first transaction", f"no decision within {seconds:.0f} s; the API's last word: {last}")


async def _ask(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    transaction: Mapping[str, object],
    location: str | None,
) -> httpx.Response:
    if location is not None:
        return await client.get(location, headers=headers)
    return await client.post("/api/v1/predict", json=transaction, headers=headers)


def prediction_of(answer: httpx.Response) -> dict[str, Any] | None:
    """The scored prediction in an answer, be it the prediction itself or the request that holds it."""
    if answer.status_code != httpx.codes.OK:
        return None
    body = answer.json()
    found = body.get("prediction") or body
    return found if found.get("status") == "scored" else None


def first_transaction(now: datetime) -> dict[str, object]:
    """A transaction of this moment; its id is as unique as the microsecond."""
    return {
        "transaction_id": f"first-{now:%Y%m%dT%H%M%S%f}",
        "customer_id": "c-first",
        "terminal_id": "t-first",
        "amount": 1250,
        "currency": "EUR",
        "occurred_at": f"{now:%Y-%m-%dT%H:%M:%S}Z",
    }


async def key_and_decision(
    client: httpx.AsyncClient,
    environment: Mapping[str, str],
    key_file: Path,
    transaction: Mapping[str, object],
    seconds: float,
    check: Check,
) -> tuple[str, dict[str, Any]]:
    """The remembered key, made anew when there is none or it is refused, and the first decision with it."""
    key = secret.recall(key_file)
    decision = await first_decision(client, key, transaction, seconds, check) if key else None
    if key is not None and decision is not None:
        return key, decision
    key = await in_thread(lambda: make_key(environment))
    secret.store(key_file, key)
    decision = await first_decision(client, key, transaction, seconds, check, new_key=True)
    if decision is None:
        raise PartFailed("first transaction", "the API refuses a key that was made a moment ago")
    return key, decision
