"""Lock files, which the operating system frees when their holder dies: one `up` per data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from local_stack.errors import PartFailed


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time over all threads and processes; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Lock:
    """The file holds the pid of whoever has the lock or had it last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises PartFailed when another process holds it."""
        if not self.try_take():
            pid = self._path.read_text().strip()
            raise PartFailed("stack", f"already runs on this data folder as pid {pid}; `make down` stops it")

    def try_take(self) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def holder(self) -> int | None:
        """The pid of the process that holds the lock now; None when nobody does."""
        try:
            with self._path.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self._path.read_text().strip() or 0) or None
        return None
