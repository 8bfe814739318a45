"""The two doors under load: clients that call REST and wait, and a producer that writes to Kafka."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.settings import ProcessSettings
from schemas.topics import REQUESTS

_PATIENCE_SECONDS = 120.0
_IN_FLIGHT = 2_000

Transaction = dict[str, Any]


@dataclass
class RestLoad:
    """What the REST clients saw. Times in milliseconds, of answers that came at once."""

    answered: int = 0
    followed: int = 0
    retried: int = 0
    failed: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


async def call_rest(
    client: httpx.AsyncClient, transactions: Iterable[Transaction], clients: int, advance: Callable[[], None]
) -> RestLoad:
    """Sends each transaction until it is answered, `clients` at a time."""
    load, work = RestLoad(), iter(transactions)

    async def one_client() -> None:
        for transaction in work:
            await _until_answered(client, transaction, load)
            advance()

    await asyncio.gather(*(one_client() for _ in range(clients)))
    return load


async def _until_answered(client: httpx.AsyncClient, transaction: Transaction, load: RestLoad) -> None:
    """Repeats the same body after 429, 503 and broken connections, and follows a 202 to its outcome."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    location: str | None = None
    last = "no answer"
    while time.monotonic() < deadline:
        began = time.monotonic()
        try:
            if location is None:
                answer = await client.post("/api/v1/predict", json=transaction)
            else:
                answer = await client.get(location)
        except httpx.TransportError as error:
            last = type(error).__name__
            load.retried += 1
            await asyncio.sleep(0.5)
            continue
        last = f"{answer.status_code}: {answer.text[:200]}"
        if answer.status_code == httpx.codes.OK and answer.json()["status"] != "pending":
            load.answered += 1
            load.followed += location is not None
            if location is None:
                load.milliseconds.append((time.monotonic() - began) * 1_000)
            return
        if answer.status_code in (400, 401, 403, 413, 415, 422):
            break
        load.retried += answer.status_code >= 429
        location = answer.headers.get("Location", location)
        await asyncio.sleep(float(answer.headers.get("Retry-After", 0.2)))
    load.failed.append(f"{transaction['transaction_id']}: {last}")


async def write_kafka(
    settings: ProcessSettings, transactions: Iterable[Transaction], advance: Callable[[], None]
) -> int:
    """Writes straight to the request topic, as a fintech producer would; says how many were acknowledged."""
    making = AIOKafkaProducer(**kafka_arguments(settings), acks="all", enable_idempotence=True, linger_ms=5)
    written, waiting = 0, []
    async with started(making) as producer:
        for transaction in transactions:
            key = transaction["customer_id"].encode()
            waiting.append(await producer.send(REQUESTS, json.dumps(transaction).encode(), key=key))
            advance()
            if len(waiting) >= _IN_FLIGHT:
                written += len(await asyncio.gather(*waiting))
                waiting.clear()
        return written + len(await asyncio.gather(*waiting))
