"""Fetches in rounds while much comes: the next one when the batches of the last are decided, or nearly so.

A batch costs the scorer nearly the same for one request as for three, and so does what it sends. Without
rounds each request is fetched as it arrives, alone, while those before it are still on their way.
"""

import asyncio

from faust.types.tuples import TP

LONGEST_SECONDS = 0.02


class Round:
    """The batches that were handed over and are not decided yet; a stuck one holds up nobody for long."""

    def __init__(self) -> None:
        self._in_hand: set[TP] = set()
        self._over: asyncio.Future[None] | None = None

    def begun(self, tp: TP) -> None:
        """A batch of this partition was handed over."""
        self._in_hand.add(tp)

    def ended(self, tp: TP) -> None:
        """It is decided."""
        self._in_hand.discard(tp)
        if not self._in_hand and self._over is not None and not self._over.done():
            self._over.set_result(None)

    async def over(self) -> None:
        """Waits for the batches in hand; those that take too long are no part of the next round."""
        if self._in_hand:
            self._over = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._over,), timeout=LONGEST_SECONDS)
            self._in_hand.clear()
