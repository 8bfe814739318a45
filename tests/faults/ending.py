"""Ends Kafka clients for sure: aiokafka's own stop can hang, and lets the cancellation of its tasks out."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_SECONDS = 3.0


async def end_clients(*endings: Coroutine[Any, Any, None]) -> None:
    """Runs stop() and close() beside each other, each in a task of its own, and gives them three seconds."""
    tasks = [asyncio.create_task(ending) for ending in endings]
    await asyncio.wait(tasks, timeout=_SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
