"""The folder of models: one folder per version and a text file `current` that names the one in use."""

import os
import re
import tempfile
from pathlib import Path

from flowserve_ml.errors import ArtifactError
from flowserve_ml.manifest import MANIFEST_FILE

CURRENT_FILE = "current"
PREVIOUS_FILE = "previous"
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def version_folder(models: Path, version: str) -> Path:
    """The folder of a version; raises ArtifactError for a name that could leave `models`."""
    if not _VERSION.fullmatch(version):
        raise ArtifactError(
            f"{version!r} is no model version: use 1 to 64 letters, digits, dots, dashes or underscores"
        )
    return models / version


def current_folder(models: Path) -> Path:
    """The folder of the version in use; raises ArtifactError if there is none or it is incomplete."""
    pointer = models / CURRENT_FILE
    try:
        version = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ArtifactError(f"{pointer} is missing: train a model or name one with set_current") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{pointer} is no text file that names a version: {error}") from None
    try:
        folder = version_folder(models, version)
        _require_manifest(folder)
    except ArtifactError as error:
        raise ArtifactError(f"{pointer} names {version!r}: {error}") from None
    return folder


def previous_version(models: Path) -> str:
    """The version that was in use before the last change; raises ArtifactError if none is known."""
    try:
        return (models / PREVIOUS_FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ArtifactError(
            f"{models / PREVIOUS_FILE} names no version: none was in use before; choose one by name"
        ) from None


def set_current(models: Path, version: str) -> str | None:
    """Put `version` in use, atomically: a reader sees the old name or the new one.

    Returns the one that was in use, if any: it is `previous_version` from then on. Raises ArtifactError, and
    changes nothing, if the version has no manifest.
    """
    _require_manifest(version_folder(models, version))
    before = _in_use(models)
    if before is not None and before != version:
        _write(models, PREVIOUS_FILE, before)
    _write(models, CURRENT_FILE, version)
    return before


def _in_use(models: Path) -> str | None:
    try:
        return (models / CURRENT_FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _write(models: Path, file_name: str, version: str) -> None:
    handle, name = tempfile.mkstemp(dir=models, prefix=f".{file_name}-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(version + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp makes it private; the scorer may run as another user
        temporary.replace(models / file_name)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _require_manifest(folder: Path) -> None:
    if not (folder / MANIFEST_FILE).is_file():
        raise ArtifactError(f"{folder} holds no {MANIFEST_FILE}: train this version or choose another")
