"""Ends the process when it hangs: a stop that takes too long, or a worker that stopped without leaving.

Whatever is not acknowledged was not committed, so leaving at once loses nothing.
"""

import logging
import os
import signal
import threading
import time
from typing import NoReturn

log = logging.getLogger(__name__)

EXIT_FAILED = 70
EXIT_STUCK = 75


def leave(code: int, why: str) -> NoReturn:
    """Exits without clean-up: nothing that is undecided may be acknowledged on the way out."""
    log.critical("%s; leaving", why, extra={"exit_code": code})
    logging.shutdown()
    os._exit(code)


class StopWatchdog:
    """A thread that bounds the stop, whatever the event loop is doing."""

    def __init__(self, stop_seconds: float) -> None:
        self._stop_seconds = stop_seconds
        self._stopping = threading.Event()

    def stopping(self) -> None:
        """The stop has begun: from here on its time is counted."""
        self._stopping.set()

    def start(self) -> None:
        """Watches in the background until the process ends."""
        threading.Thread(target=self._watch, name="stop-watchdog", daemon=True).start()

    def on_signals(self) -> None:
        """Counts from SIGTERM or SIGINT, in front of whatever handler is installed already."""
        for number in (signal.SIGTERM, signal.SIGINT):
            installed = signal.getsignal(number)
            signal.signal(number, lambda *args, before=installed: self._signalled(before, *args))

    def _signalled(self, before: object, number: int, frame: object) -> None:
        self.stopping()
        if callable(before):
            before(number, frame)

    def _watch(self) -> None:
        self._stopping.wait()
        time.sleep(self._stop_seconds)
        leave(EXIT_STUCK, f"the stop took longer than {self._stop_seconds:g} s")
