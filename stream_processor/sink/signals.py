"""SIGTERM and SIGINT as an event, with an end to the patience."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_STUCK = 75
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_signal(patience_seconds: float) -> Iterator[asyncio.Event]:
    """An event that is set by the first signal; so many seconds later the process leaves as it is, with 75.

    What is not committed in PostgreSQL then is stored by the next start.
    """
    stop = asyncio.Event()
    # A thread, because the event loop itself may be what hangs.
    leave = threading.Timer(patience_seconds, os._exit, (EXIT_STUCK,))
    leave.daemon = True

    def ask_to_stop() -> None:
        if not stop.is_set():
            stop.set()
            leave.start()

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, ask_to_stop)
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Waits so long, or until the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
