"""The data folder: made by us, recognised by a marker, erased by nothing but `clean`."""

import shutil
from pathlib import Path

from local_stack.account import database_folder
from local_stack.errors import PartFailed

MARKER = "flowserve-data"


def prepare(data: Path) -> None:
    """Makes the folder, or checks that it is one of ours. Raises PartFailed when it holds something else."""
    if data.exists() and any(data.iterdir()) and not (data / MARKER).exists():
        why = f"{data} is not empty and not a data folder of FlowServe: choose another FLOWSERVE_DATA_DIR"
        raise PartFailed("stack", why)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / MARKER).write_text("Data, logs and secrets of a local FlowServe stack. `make clean` erases it.\n")
    (data / ".gitignore").write_text("*\n")


def erase(data: Path) -> None:
    """Removes the folder and its database, wherever that lives. Raises PartFailed when it is not ours."""
    if data.exists() and not (data / MARKER).exists():
        raise PartFailed("stack", f"{data} is not a data folder of FlowServe: nothing was erased")
    shutil.rmtree(database_folder(data), ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)
