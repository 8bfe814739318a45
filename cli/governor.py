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
# A fifth of the time beside live traffic, a tenth beside live lag: still thousands of transactions a second.
# Turns of 5 ms, as a live answer takes but a few: half of the time, in turns of 10 ms made p99 1.9 times.
_RUN_SECONDS, _HELD_BESIDE_TRAFFIC, _HELD_BESIDE_LAG = 0.005, 0.02, 0.045


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
    """Stops the process again and again while there are live requests; ends when cancelled."""
    with contextlib.suppress(ProcessLookupError):
        while True:
            held = held_seconds(lag())
            if not held:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            os.kill(child, signal.SIGSTOP)
            try:
                await asyncio.sleep(held)
            finally:
                os.kill(child, signal.SIGCONT)
            await asyncio.sleep(_RUN_SECONDS)


def held_seconds(lag: Lag | None) -> float:
    """How long to stop after each _RUN_SECONDS: not at all beside an installation that is idle or absent."""
    if lag is None or not lag.records:
        return 0.0
    return _HELD_BESIDE_LAG if lag.seconds >= _BEHIND_SECONDS else _HELD_BESIDE_TRAFFIC
