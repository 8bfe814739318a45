"""The callers that wait for an answer: one future each, by correlation id, with its own deadline."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from ingest_api.answer_pace import AnswerPace
from schemas.outcomes import Status
from schemas.problems import Refusal


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer from the reply topic: its status and its value, untouched."""

    status: Status
    value: bytes


ReplyFuture = asyncio.Future[Reply | None]


class PendingReplies:
    """Bounded. A future ends with its reply, or with None when its time is over, never with an error.

    `clock` is monotonic seconds; `pace` knows how long callers waited.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = AnswerPace(clock)
        self._limit = limit
        self._waiting: dict[bytes, tuple[ReplyFuture, asyncio.TimerHandle, float]] = {}
        self._clock = clock

    def __len__(self) -> int:
        return len(self._waiting)

    def open(self, correlation_id: bytes, seconds: float) -> ReplyFuture:
        """Stores a future; do this before the request is sent. Raises Refusal: overloaded."""
        if len(self._waiting) >= self._limit:
            raise Refusal("overloaded", "Too many requests wait for their answer.")
        loop = asyncio.get_running_loop()
        waiting: ReplyFuture = loop.create_future()
        timer = loop.call_later(seconds, self._give_up, correlation_id, seconds)
        self._waiting[correlation_id] = (waiting, timer, self._clock())
        return waiting

    def resolve(self, correlation_id: bytes, reply: Reply) -> bool:
        """Hands a reply to its caller. False where nobody waits for it."""
        entry = self._waiting.get(correlation_id)
        if entry is not None:
            self.pace.note(self._clock() - entry[2])
        return self._end(correlation_id, reply)

    def _give_up(self, correlation_id: bytes, seconds: float) -> None:
        self.pace.gave_up(seconds)
        self._end(correlation_id, None)

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
        waiting, timer, _ = entry
        timer.cancel()
        if not waiting.done():
            waiting.set_result(reply)
        return True
