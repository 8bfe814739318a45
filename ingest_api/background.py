"""Loops beside the requests, and what happens when one dies."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

logger = logging.getLogger(__name__)

FIRST_BACKOFF_SECONDS = 0.25
LAST_BACKOFF_SECONDS = 4.0


class Loops:
    """Runs loops that end only when stopped; should one end otherwise, `on_death` is called."""

    def __init__(self, on_death: Callable[[], None]) -> None:
        self._on_death = on_death
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self, name: str, loop: Coroutine[Any, Any, None]) -> None:
        """Starts one loop beside the others."""
        task = asyncio.create_task(loop, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    async def stop(self) -> None:
        """Cancels all loops and waits for their end."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._stopping:
            return
        # A cancellation that nobody asked for is a death too: aiokafka lets its own ones escape.
        error = None if task.cancelled() else task.exception()
        logger.critical("%s has died; the process stops", task.get_name(), exc_info=error)
        self._on_death()


def next_backoff(seconds: float) -> float:
    """Doubles, up to the bound."""
    return min(seconds * 2, LAST_BACKOFF_SECONDS)


async def every(seconds: float, act: Callable[[], Awaitable[object]]) -> None:
    """Acts at once, and again some seconds after each end."""
    while True:
        await act()
        await asyncio.sleep(seconds)
