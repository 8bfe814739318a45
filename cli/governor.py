"""Holds a replay back while the live scorers are behind; it looks, and joins nothing."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable

from ingest_api.lag import Lag
from ingest_api.lag_monitor import LagMonitor
from schemas.settings import ProcessSettings

_LOOK_SECONDS = 0.25
_BEHIND_SECONDS = 0.5
# One part in four: a replay that does 40,000 a second alone still does some 10,000 then.
_RUN_SECONDS, _HELD_SECONDS = 0.01, 0.03


def govern(child: int, settings: ProcessSettings) -> int:
    """Waits for the child and returns its wait status. Where Kafka does not answer it never waits."""
    logging.disable(logging.CRITICAL)  # of this process: a replay need not know any Kafka
    return asyncio.run(_govern(child, settings))


async def _govern(child: int, settings: ProcessSettings) -> int:
    monitor = LagMonitor(settings, _LOOK_SECONDS, time.monotonic)
    beside = [asyncio.create_task(monitor.run()), asyncio.create_task(hold_back(child, monitor.lag))]
    try:
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    return status


async def hold_back(child: int, lag: Callable[[], Lag | None]) -> None:
    """Stops the process for three parts in four while live requests wait; ends when cancelled."""
    with contextlib.suppress(ProcessLookupError):
        while True:
            if not behind(lag()):
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            os.kill(child, signal.SIGSTOP)
            try:
                await asyncio.sleep(_HELD_SECONDS)
            finally:
                os.kill(child, signal.SIGCONT)
            await asyncio.sleep(_RUN_SECONDS)


def behind(lag: Lag | None) -> bool:
    """Whether somebody waits who need not."""
    return lag is not None and lag.seconds >= _BEHIND_SECONDS
