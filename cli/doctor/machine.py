"""This machine: the folder of models, and room on its disks."""

import shutil
from pathlib import Path

from cli.doctor.check import Check
from cli.model import verified
from flowserve_ml.errors import ArtifactError
from flowserve_ml.store import current_folder

_GIB = 2**30
_FEW_GIB, _TOO_FEW_GIB = 5.0, 1.0


def look_at_model(models: Path) -> Check:
    """The model in use is whole and scores."""
    try:
        found = verified(current_folder(models))
    except (ArtifactError, OSError) as error:
        todo = "set FLOWSERVE_MODELS_DIR, or `flowserve model list` and `flowserve model swap VERSION`"
        return Check("model", "bad", str(error), todo)
    return Check("model", "ok", f"{found.version} is whole and scores")


def look_at_disk(folder: Path) -> Check:
    """Room where the data lies, or would lie."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return disk_check(str(place), shutil.disk_usage(place).free / _GIB)


def disk_check(place: str, free: float) -> Check:
    """`free` in GiB."""
    detail = f"{free:,.1f} GiB free at {place}"
    if free >= _FEW_GIB:
        return Check("disk", "ok", detail)
    todo = "make room, or shorten the retention (docs/erasure.md): Kafka stops on a full disk"
    return Check("disk", "bad" if free < _TOO_FEW_GIB else "look", detail, todo)
