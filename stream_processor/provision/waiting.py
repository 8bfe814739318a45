"""Tries again with growing pauses until a deadline: a server that is starting, a leader that is chosen."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from stream_processor.provision.errors import ProvisionError

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0

Answer = TypeVar("Answer")


async def wait_for(
    what: str,
    attempt: Callable[[], Awaitable[Answer]],
    transient: tuple[type[Exception], ...],
    seconds: float,
) -> Answer:
    """The first answer. Errors of `transient` mean "not yet". Raises ProvisionError at the deadline."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = FIRST_PAUSE
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                return await attempt()
        except transient as error:
            why = str(error) or type(error).__name__
        if loop.time() + pause >= deadline:
            raise ProvisionError(f"{what} was not ready within {seconds:g} s: {why}")
        if pause == FIRST_PAUSE:
            logger.info("waiting for %s", what, extra={"reason": why})
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
