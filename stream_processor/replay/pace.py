"""Holds a replay to a multiple of event time."""

import asyncio
from collections.abc import Awaitable, Callable

_LONGEST_SLEEP_SECONDS = 1.0


class Pace:
    """`speed` is seconds of event time for each second; None holds nothing back. `clock` is monotonic."""

    def __init__(
        self,
        speed: float | None,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._began: tuple[float, float] | None = None

    async def wait_for(self, event_seconds: float) -> None:
        """Returns when an event of this time is to happen; the first one happens at once."""
        if self._speed is None or event_seconds <= 0:
            return
        if self._began is None:
            self._began = (event_seconds, self._clock())
        first, began = self._began
        at = began + (event_seconds - first) / self._speed
        while (left := at - self._clock()) > 0:
            await self._sleep(min(left, _LONGEST_SLEEP_SECONDS))
