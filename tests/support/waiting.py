"""Waiting for a condition with a deadline; no test sleeps for a fixed time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def until(
    condition: Callable[[], bool | Awaitable[bool]], what: str, seconds: float = 120, every: float = 0.1
) -> None:
    """Returns once the condition holds; fails with a sentence after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(every)
