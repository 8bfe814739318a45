"""Processor time and memory of running processes, from the kernel's own account."""

import os
from collections.abc import Mapping
from pathlib import Path

from local_stack.proc import descendants

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int | None) -> float:
    """User and system time so far; 0 of a process that is not there."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def family_seconds(pid: int) -> float:
    """Processor time so far of a process and all that it has started: PostgreSQL is many."""
    return sum(cpu_seconds(member) for member in (pid, *descendants(pid)))


def thread_seconds(pid: int) -> float:
    """As `cpu_seconds` to the nanosecond, of the threads that still run."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def resident_mb(pid: int) -> float:
    """What a process holds in memory, in millions of bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Meter:
    """Processor time since it was made, of processes by name."""

    def __init__(self, pids: Mapping[str, int | None]) -> None:
        self._pids = {name: pid for name, pid in pids.items() if pid is not None}
        self._before = self._seconds()

    def microseconds(self, transactions: int) -> dict[str, float]:
        """Of each process, for one transaction."""
        after = self._seconds()
        return {name: (after[name] - self._before[name]) / transactions * 1e6 for name in self._pids}

    def _seconds(self) -> dict[str, float]:
        return {name: family_seconds(pid) for name, pid in self._pids.items()}
