"""Predictions as bytes on the wire, each with a transaction of its own."""

import itertools
import random
from datetime import UTC, datetime, timedelta

_CUSTOMERS = 3_000
_TERMINALS = 200


class Calls:
    """An endless, seeded stream of (transaction_id, request)."""

    def __init__(self, prefix: str, port: int, key: str, seed: int, now: datetime) -> None:
        self._prefix = prefix
        self._head = (
            f"POST /api/v1/predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._number = itertools.count()
        self._random = random.Random(seed)
        self._start = now - timedelta(days=20)

    def take(self) -> tuple[str, bytes]:
        """The next one."""
        number = next(self._number)
        name = f"{self._prefix}-{number}"
        moment = (self._start + timedelta(seconds=number)).astimezone(UTC)
        body = (
            f'{{"transaction_id":"{name}","customer_id":"c-{self._random.randrange(_CUSTOMERS)}",'
            f'"terminal_id":"t-{number % _TERMINALS}","amount":{self._random.randrange(100, 30_000)},'
            f'"currency":"EUR","occurred_at":"{moment:%Y-%m-%dT%H:%M:%SZ}"}}'
        ).encode()
        return name, b"%s%d\r\n\r\n%s" % (self._head, len(body), body)
