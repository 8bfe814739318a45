"""The callers that wait for an answer: one future each, by correlation id, with its own deadline."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from schemas.problems import Refusal


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer from the reply topic: its status and its value, untouched."""

    status: Literal["scored", "duplicate", "rejected"]
    value: bytes


Waiting = asyncio.Future[Reply | None]


class Pending:
    """Bounded. A future ends with its reply, or with None when its time is over, never with an error."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[bytes, tuple[Waiting, asyncio.TimerHandle]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def full(self) -> bool:
        """True where no further caller may wait."""
        return len(self._waiting) >= self._limit

    def open(self, correlation_id: bytes, seconds: float) -> Waiting:
        """Stores a future; do this before the request is sent. Raises Refusal: overloaded."""
        if self.full():
            raise Refusal("overloaded", "Too many requests wait for their answer.")
        loop = asyncio.get_running_loop()
        waiting: Waiting = loop.create_future()
        timer = loop.call_later(seconds, self.close, correlation_id)
        self._waiting[correlation_id] = (waiting, timer)
        return waiting

    def resolve(self, correlation_id: bytes, reply: Reply) -> bool:
        """Hands a reply to its caller. False where nobody waits for it."""
        return self._end(correlation_id, reply)

    def waits(self, correlation_id: bytes) -> bool:
        """True where somebody waits for this id."""
        return correlation_id in self._waiting

    def close(self, correlation_id: bytes) -> None:
        """Ends one wait without a reply."""
        self._end(correlation_id, None)

    def close_all(self) -> None:
        """Ends every wait without a reply: each caller gets the place where the answer will be."""
        for correlation_id in list(self._waiting):
            self._end(correlation_id, None)

    def _end(self, correlation_id: bytes, reply: Reply | None) -> bool:
        entry = self._waiting.pop(correlation_id, None)
        if entry is None:
            return False
        waiting, timer = entry
        timer.cancel()
        if not waiting.done():
            waiting.set_result(reply)
        return True
