"""Small disks: the folders of Kafka and PostgreSQL on memory of a fixed size, so that they can be full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack.account import database_folder, make_state_folder

_MEGABYTES = {"kafka": 400, "postgres": 500}


@contextmanager
def small_disks(data: Path) -> Iterator[None]:
    """Both folders of a lab that is not started yet. Needs root."""
    make_state_folder()
    folders = {"kafka": data / "kafka", "postgres": database_folder(data)}
    try:
        for name, folder in folders.items():
            folder.mkdir(parents=True, exist_ok=True)
            size = f"size={_MEGABYTES[name]}m"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
        yield
    finally:
        for folder in folders.values():
            subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)
        database_folder(data).rmdir()
