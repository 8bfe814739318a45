"""When a scorer commits: as time passes, and sooner where it catches up.

What is decided and not committed is delivered again after a kill. Half a second of a scorer that catches up
is many seconds of traffic, so it is the traffic that counts, by the log's times.
"""

import asyncio

from faust.types.tuples import TP


class CommitTimes:
    """Due once a partition has `most_seconds` of traffic that is decided and not committed."""

    def __init__(self, most_seconds: float) -> None:
        self._most_ms = most_seconds * 1_000
        self._since_ms: dict[TP, int] = {}
        self._due = asyncio.Event()

    def decided(self, tp: TP, first_ms: int, last_ms: int) -> None:
        """A batch is durable whose first and last record have these times."""
        if last_ms - self._since_ms.setdefault(tp, first_ms) >= self._most_ms:
            self._due.set()

    def committing(self) -> None:
        """What was decided until now is about to be committed."""
        self._since_ms.clear()
        self._due.clear()

    async def wait(self, seconds: float) -> None:
        """Until a commit is due, at most this long."""
        try:
            async with asyncio.timeout(seconds):
                await self._due.wait()
        except TimeoutError:
            return
