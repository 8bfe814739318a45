"""`down`, `clean` and `status`: seen from outside, by lock, pid files and signals only."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from local_stack import folder, pidfile
from local_stack.lock import Lock
from local_stack.proc import wait_until

STOP_SECONDS = 35.0
KILLED_SECONDS = 5.0


def down(data: Path) -> list[str]:
    """Stops the running stack, and ends what a killed one has left; returns what was done, line by line.

    Raises PartFailed when a part belongs to some other living process.
    """
    done = []
    lock = Lock(data / "up.lock")
    pid = lock.holder()
    if pid is not None:
        done.append(f"stopped pid {pid}" if _stop(pid, lock) else f"killed pid {pid}: it did not stop")
    done += [
        f"ended {name}, left over from a run that was killed" for name in pidfile.end_orphans(data / "run")
    ]
    return done


def clean(data: Path) -> list[str]:
    """`down`, then erases the data folder and its database; downloads are kept."""
    done = down(data)
    folder.erase(data)
    return [*done, f"erased {data}"]


def status(data: Path) -> tuple[bool, list[str]]:
    """Whether an `up` is running, and one line for it and for each part."""
    pid = Lock(data / "up.lock").holder()
    lines = [f"running as pid {pid}" if pid is not None else "not running"]
    for path in sorted((data / "run").glob("*.pid")):
        record = pidfile.read(path)
        if record is not None:
            lines.append(f"{path.stem}: {'alive' if record.alive else 'dead'} (pid {record.pid})")
    return pid is not None, lines


def _stop(pid: int, lock: Lock) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    if wait_until(lambda: lock.holder() is None, STOP_SECONDS):
        return True
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: lock.holder() is None, KILLED_SECONDS)
    return False
