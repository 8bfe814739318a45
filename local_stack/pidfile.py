"""Which process a part is and who started it, on disk, so that the next command can end what was left."""

import json
import os
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from local_stack.errors import PartFailed
from local_stack.guard import end
from local_stack.proc import born, wait_until

GUARD_SECONDS = 15.0


@dataclass(frozen=True)
class Record:
    """One running part: pid and birth of the process and of its owner, and the signal that stops it."""

    pid: int
    birth: str
    owner: int
    owner_birth: str
    stop_signal: int

    @property
    def alive(self) -> bool:
        return born(self.pid) == self.birth

    @property
    def owned(self) -> bool:
        return born(self.owner) == self.owner_birth


def write(path: Path, pid: int, stop_signal: signal.Signals) -> None:
    record = Record(pid, born(pid) or "", os.getpid(), born(os.getpid()) or "", stop_signal.value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(record)))


def read(path: Path) -> Record | None:
    """None when there is no such file or a crash has left half of one."""
    with suppress(OSError, ValueError, TypeError):
        return Record(**json.loads(path.read_text()))
    return None


def end_orphan(path: Path) -> bool:
    """Ends the process of this file if its owner is gone; returns whether there was one to end.

    Raises PartFailed when it is alive and still owned: two owners of one part would fight.
    """
    record = read(path)
    if record is None or not record.alive:
        path.unlink(missing_ok=True)
        return False
    if record.owned and record.owner != os.getpid():
        raise PartFailed(path.stem, f"already runs here as pid {record.pid}, started by pid {record.owner}")
    # The owner's guard may be at it already: ending it twice at once would turn a clean stop into a kill.
    if not wait_until(lambda: not record.alive, 0.5):
        end(record.pid, record.birth, record.stop_signal)
        wait_until(lambda: not record.alive, GUARD_SECONDS)
    path.unlink(missing_ok=True)
    return True


def end_orphans(folder: Path) -> list[str]:
    """Ends every process recorded in the folder whose owner is gone; returns their names."""
    return [path.stem for path in sorted(folder.glob("*.pid")) if end_orphan(path)]
