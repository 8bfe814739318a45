"""The manifest of a version of the model, where this machine has it, for those who want a part of it."""

import re
from pathlib import Path

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_MOST_BYTES = 1_000_000


def manifest_bytes(models: Path, version: str) -> bytes | None:
    """None for what is no version, and where the file is too large to be one. Raises OSError."""
    if not _VERSION.fullmatch(version):
        return None
    file = models / version / "manifest.json"
    return file.read_bytes() if file.stat().st_size <= _MOST_BYTES else None
