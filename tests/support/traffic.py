"""Seeded traffic with known ids: mostly new transactions, some repeats, conflicts, late ones and poison."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.logs import Message


def transaction(number: int, customer: int, amount: int, moment: datetime) -> dict[str, Any]:
    """A request body."""
    return {
        "transaction_id": f"tx-{number}",
        "customer_id": f"c-{customer}",
        "terminal_id": f"t-{number % 50}",
        "amount": amount,
        "currency": "EUR",
        "occurred_at": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def message(body: dict[str, Any]) -> Message:
    """As a direct producer would send it."""
    return body["customer_id"].encode(), json.dumps(body).encode(), []


def mixed(count: int, customers: int, seed: int, now: datetime, first: int = 0) -> Iterator[Message]:
    """`count` messages: 2 % repeats, 0.5 % conflicts, 0.5 % poison, 10 % up to a day late."""
    chance = random.Random(seed)
    recent: list[dict[str, Any]] = []
    for number in range(first, first + count):
        kind = chance.random()
        if recent and kind < 0.02:
            yield message(chance.choice(recent))
        elif recent and kind < 0.025:
            yield message({**chance.choice(recent), "amount": 77_777})
        elif kind < 0.03:
            key = f"c-{chance.randrange(customers)}".encode()
            yield key, chance.choice([b"", b"{", b"[]", b'{"amount": 1}', b"\xff\xfe"]), []
        else:
            age = timedelta(seconds=chance.randrange(86_400) if kind > 0.9 else 0)
            moment = now - timedelta(days=20) + timedelta(seconds=number * 10) - age
            body = transaction(number, chance.randrange(customers), chance.randrange(100, 30_000), moment)
            recent = [*recent[-50:], body]
            yield message(body)
