"""Predictions as bytes on the wire, each with a transaction of its own."""

import itertools
import random
from datetime import UTC, datetime, timedelta

from benchmarks.load.amounts import amount
from benchmarks.load.target import Target

_CUSTOMERS = 3_000
_TERMINALS = 200


class Calls:
    """An endless, seeded stream of (transaction_id, request)."""

    def __init__(self, prefix: str, target: Target, key: str, seed: int, now: datetime) -> None:
        self._prefix = prefix
        self._target = target
        self._key = key
        self._number = itertools.count()
        self._random = random.Random(seed)
        self._start = now - timedelta(days=20)

    def take(self) -> tuple[str, bytes]:
        """The next one."""
        number = next(self._number)
        name = f"{self._prefix}-{number}"
        moment = (self._start + timedelta(seconds=number)).astimezone(UTC)
        customer = f"c-{self._random.randrange(_CUSTOMERS)}"
        body = (
            f'{{"transaction_id":"{name}","customer_id":"{customer}",'
            f'"terminal_id":"t-{number % _TERMINALS}","amount":{amount(customer, self._random)},'
            f'"currency":"EUR","occurred_at":"{moment:%Y-%m-%dT%H:%M:%SZ}"}}'
        ).encode()
        return name, self._target.post("/api/v1/predict", self._key, body)
