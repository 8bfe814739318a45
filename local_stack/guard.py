"""A small process beside ours that ends our children when we die without ending them (SIGKILL, a crash).

It holds the reading end of a pipe: when the writing end closes, its owner is gone. Unlike PR_SET_PDEATHSIG
this does not depend on which thread started a child. Used by `process`.
"""

import atexit
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from local_stack.proc import born, descendants, wait_until

GRACE_SECONDS = 10.0
# Isolated and without site-packages, because it must start in a few milliseconds and needs nothing else.
ROOT = str(Path(__file__).parent.parent)
SCRIPT = f"import sys; sys.path[:0] = [{ROOT!r}]; from local_stack.guard import main; main()"


class Guard:
    """Our end of the pipe. Threads may share it; the process behind it is started at the first need."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def watch(self, pid: int, stop_signal: signal.Signals) -> None:
        """From now on this process ends when we do, by this signal first and by SIGKILL 10 s later."""
        self._send(f"watch {pid} {born(pid)} {stop_signal.value}\n")

    def forget(self, pid: int) -> None:
        """The process has ended."""
        self._send(f"forget {pid}\n")

    def close(self) -> None:
        """Ends whatever is still watched and waits for it."""
        with self._lock:
            if self._process is not None:
                with suppress(OSError):
                    self._pipe(self._process).close()
                self._process.wait(2 * GRACE_SECONDS)
                self._process = None

    def _send(self, line: str) -> None:
        with self._lock:
            if self._process is None:
                self._process = self._start()
            pipe = self._pipe(self._process)
            with suppress(BrokenPipeError):  # no guard is no reason to fail: pid files are the second net
                pipe.write(line)
                pipe.flush()

    def _start(self) -> subprocess.Popen[str]:
        atexit.register(self.close)
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            cwd="/",
        )

    @staticmethod
    def _pipe(process: subprocess.Popen[str]) -> IO[str]:
        if process.stdin is None:
            raise RuntimeError("the guard was started without a pipe")
        return process.stdin


def end(pid: int, birth: str, stop_signal: int) -> None:
    """Asks this very process to stop, waits, then kills it and what it left behind."""
    if born(pid) != birth:
        return
    family = {child: born(child) for child in descendants(pid)}
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)  # a paused process would never see the signal
        os.kill(pid, stop_signal)
    wait_until(lambda: born(pid) != birth, GRACE_SECONDS)
    for member, member_birth in {pid: birth, **family}.items():
        if member_birth is not None and born(member) == member_birth:
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)


def main() -> None:
    """Reads `watch pid birth signal` and `forget pid` until the pipe closes, then ends who is left."""
    watched: dict[int, tuple[str, int]] = {}
    for line in sys.stdin:
        match line.split():
            case ["watch", pid, birth, stop_signal]:
                watched[int(pid)] = (birth, int(stop_signal))
            case ["forget", pid]:
                watched.pop(int(pid), None)
    threads = [threading.Thread(target=end, args=(pid, *how)) for pid, how in watched.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
