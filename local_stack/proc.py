"""What /proc says about processes: who is alive, who is really the one we started, and its descendants.

Standard library only, no imports of ours: `guard` runs next to it in a bare interpreter.
"""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

POLL_SECONDS = 0.05


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat after the command's name: state, parent, ...; None = no process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def born(pid: int) -> str | None:
    """When the process started, in clock ticks since boot; None when it is gone or a zombie.

    A pid together with its birth names one process for good: pids are used again, the pair is not.
    """
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else fields[19]


def descendants(pid: int) -> list[int]:
    """Children, grandchildren and so on, whatever session they have moved to."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) is not None:
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits for the condition, at most so long; returns whether it came true."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() >= deadline:
            return False
        sleep(POLL_SECONDS)
    return True
