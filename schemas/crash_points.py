"""Named places at which a process under test kills itself with SIGKILL; off unless the settings armed one."""

import os
import signal

NAMES = (
    "api.before_send",
    "api.after_send_before_ack",
    "api.after_ack_waiting",
    "proc.after_fetch",
    "proc.after_score",
    "proc.after_dead_letters",
    "proc.mid_results",
    "proc.after_results",
    "proc.after_swap",
    "proc.after_replies",
    "proc.after_ack",
    "proc.mid_maturing",
    "proc.during_commit",
    "proc.after_commit",
    "proc.mid_recovery",
    "proc.mid_snapshot",
    "sink.after_copy",
    "sink.before_pg_commit",
    "sink.after_pg_commit",
    "replay.mid",
)


class _Armed:
    """The one place that is armed, and how many passes are left until it goes off."""

    def __init__(self, name: str, passes: int) -> None:
        self._name = name
        self._left = passes

    def passed(self, name: str) -> None:
        """Does not return from the last pass."""
        if name == self._name:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


# One per process, because it stands for the death of the process.
_armed: _Armed | None = None


def parse(text: str) -> tuple[str, int]:
    """`name:n` as name and pass, counted from 1. Raises ValueError."""
    name, _, number = text.partition(":")
    if name not in NAMES:
        raise ValueError(f"there is no such crash point; there are {', '.join(NAMES)}")
    if not number.isascii() or not number.isdigit() or int(number) < 1:
        raise ValueError("a crash point is written name:n, with n from 1")
    return name, int(number)


def arm(crash_at: str | None) -> None:
    """Makes `crash_point` kill this process at the pass that `name:n` says. Raises ValueError."""
    global _armed
    _armed = _Armed(*parse(crash_at)) if crash_at else None


def crash_point(name: str) -> None:
    """A place of this name is passed."""
    if _armed is not None:
        _armed.passed(name)
