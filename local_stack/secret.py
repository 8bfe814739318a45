"""Secrets of the local stack: made once, kept in the data folder, readable by their owner only."""

import os
import secrets
from pathlib import Path


def store(path: Path, value: str) -> None:
    """Writes the value with mode 0600, never readable by others in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value)


def recall(path: Path) -> str | None:
    """The stored value; None when there is none."""
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None


def recall_or_make(path: Path) -> str:
    """The stored value, or a new random one of 256 bits, stored."""
    value = recall(path)
    if value is None:
        value = secrets.token_urlsafe(32)
        store(path, value)
    return value
