"""One child process: started in a session of its own, stopped, killed, paused, and asked how its log ended.

Standard library only. Every part (Kafka, PostgreSQL, our own processes) is one of these.
"""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from local_stack import pidfile
from local_stack.guard import Guard
from local_stack.proc import born, descendants, wait_until

LOG_BYTES = 5_000_000
TAIL_LINES = 20
KILL_SECONDS = 10.0

# One per interpreter on purpose: it stands for this process's life, which is also one per interpreter.
_guard = Guard()


class Process:
    """A command that can be started again after it ended; its output is appended to `log`.

    `environment` is the whole environment of the child. `user` and `group` (numeric) need root. With
    `pid_file`, the child of a run that died without stopping it is ended by the next `start`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        folder: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        user: int | None = None,
        group: int | None = None,
        pid_file: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._folder = folder
        self._stop_signal = stop_signal
        self._user = user
        self._group = group
        self._pid_file = pid_file
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the running or last child; None before the first start."""
        return None if self._child is None else self._child.pid

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """As `subprocess`: negative for a signal; None while it runs or before the first start."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Starts the command. Raises OSError when it cannot be run, PartFailed when another owner runs it."""
        if self.alive:
            return
        self._ended()
        if self._pid_file is not None:
            pidfile.end_orphan(self._pid_file)
        rotate(self.log)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user,
                group=self._group,
                extra_groups=None if self._user is None else [],
            )
        _guard.watch(self._child.pid, self._stop_signal)
        if self._pid_file is not None:
            pidfile.write(self._pid_file, self._child.pid, self._stop_signal)

    def wait(self, seconds: float) -> bool:
        """Waits for the end of the child, at most so long; returns whether it has ended."""
        if self._child is None:
            return True
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._ended()
        return True

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the child alone."""
        if self._child is not None:
            self._child.send_signal(number)

    def stop(self, seconds: float = 10.0, number: signal.Signals | None = None) -> None:
        """Asks the child to stop, waits so long, then kills it. Nothing happens when it is not running."""
        if self.alive:
            self.resume()
            self.send(number or self._stop_signal)
            if not self.wait(seconds):
                self.kill()
        self._ended()

    def kill(self) -> None:
        """SIGKILL to the child and to everything that it has started; returns when all of them are gone."""
        family = self._signal_family(signal.SIGSTOP)  # first stopped, so that nobody forks unseen
        family |= self._signal_family(signal.SIGKILL)
        if self._child is not None:
            self._child.wait(KILL_SECONDS)
        wait_until(lambda: all(born(pid) != birth for pid, birth in family.items()), KILL_SECONDS)
        self._ended()

    def pause(self) -> None:
        """SIGSTOP to the child and to everything that it has started."""
        self._signal_family(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_family(signal.SIGCONT)

    def log_tail(self, lines: int = TAIL_LINES) -> list[str]:
        """The last lines of the log, oldest first; empty when there is none."""
        return log_tail(self.log, lines)

    def _signal_family(self, number: signal.Signals) -> dict[int, str]:
        if self._child is None or self._child.poll() is not None:
            return {}
        members = [self._child.pid, *descendants(self._child.pid)]
        family = {pid: birth for pid in members if (birth := born(pid)) is not None}
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return family

    def _ended(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            _guard.forget(self._child.pid)
            if self._pid_file is not None:
                self._pid_file.unlink(missing_ok=True)


def rotate(log: Path, limit: int = LOG_BYTES) -> None:
    """Makes room for a new run: a log above the limit (bytes) becomes `<name>.1`, the one before goes."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(log.name + ".1"))


def log_tail(log: Path, lines: int = TAIL_LINES) -> list[str]:
    """The last lines of a file, oldest first; empty when it cannot be read."""
    with suppress(OSError), log.open(errors="replace") as text:
        return [line.rstrip("\n") for line in deque(text, maxlen=lines)]
    return []
