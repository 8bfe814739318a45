"""How late this process is: a request that is read now has waited about as long as a timer that is due."""

import asyncio
from collections.abc import Callable

_EVERY_SECONDS = 0.05


class LoopDelay:
    """`clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due = float("inf")
        self._late = 0.0

    def seconds(self) -> float:
        """The lateness of the last timer, or of the one that should have rung by now."""
        return max(self._late, self._clock() - self._due)

    async def run(self) -> None:
        """Sets one timer after the other; ends only when cancelled."""
        while True:
            self._due = self._clock() + _EVERY_SECONDS
            await asyncio.sleep(_EVERY_SECONDS)
            self._late = max(0.0, self._clock() - self._due)
