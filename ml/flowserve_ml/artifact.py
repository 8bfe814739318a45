"""Writes a model folder, whole or not at all, and puts it in use."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from flowserve_ml.errors import InputError
from flowserve_ml.manifest import MANIFEST_FILE, Manifest
from flowserve_ml.store import set_current, version_folder


def require_new_version(models: Path, version: str) -> Path:
    """The folder for a version that does not exist yet; a version once used never changes its meaning.

    Raises InputError if it exists, ArtifactError if its name is not allowed.
    """
    if models.exists() and not models.is_dir():
        raise InputError(f"{models} is no folder: name another folder of models")
    folder = version_folder(models, version)
    if folder.exists():
        raise InputError(f"{folder} exists already: choose another version")
    return folder


def write_artifact(models: Path, manifest: Manifest, files: Mapping[str, bytes], *, use: bool = True) -> Path:
    """Write the folder beside its final place, rename it, then, with `use`, point `current` at it."""
    folder = require_new_version(models, manifest.version)
    models.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=models, prefix=".incoming-"))
    try:
        for name, content in files.items():
            (temporary / name).write_bytes(content)
        (temporary / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
        temporary.chmod(0o755)  # mkdtemp makes it private; the scorer may run as another user
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    if use:
        set_current(models, manifest.version)
    return folder
