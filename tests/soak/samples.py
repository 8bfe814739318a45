"""What a process holds, from /proc: resident memory, descriptors, established TCP connections."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.crew import Member

_ESTABLISHED = "01"
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1_048_576


@dataclass(frozen=True)
class Sample:
    """`at` is in seconds since the soak began, `start` counts how often the process was started."""

    at: float
    name: str
    start: int
    memory_mb: float
    descriptors: int
    connections: int


def look(members: Iterable[Member], at: float) -> list[Sample]:
    """One sample of each process that is there."""
    established = _established()
    samples = []
    for member in members:
        with suppress(OSError):
            samples.append(_sample(member, at, established))
    return samples


def _sample(member: Member, at: float, established: set[str]) -> Sample:
    folder = Path(f"/proc/{member.process.pid}")
    pages = int((folder / "statm").read_text().split()[1])
    targets = [_target(entry) for entry in (folder / "fd").iterdir()]
    connections = sum(target in established for target in targets)
    return Sample(
        round(at, 1), member.name, member.starts, round(pages * _PAGE_MB, 1), len(targets), connections
    )


def _target(entry: Path) -> str:
    with suppress(OSError):
        return os.readlink(entry)
    return ""


def _established() -> set[str]:
    """As they are named below /proc/PID/fd."""
    found: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _ESTABLISHED:
                    found.add(f"socket:[{fields[9]}]")
    return found
