"""Debian's Chromium: where it is, and how it gets there."""

import os
import shutil
import subprocess
from pathlib import Path

_PROGRAM = Path("/usr/bin/chromium")
_PACKAGES = ("chromium", "fonts-dejavu-core")
_WHAT_TO_DO = "the console's tests need Chromium: apt-get install chromium (as root they do so themselves)"


def chromium() -> Path:
    """The browser; installed where it is missing and we may."""
    if not _PROGRAM.exists() and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
    assert _PROGRAM.exists(), _WHAT_TO_DO
    return _PROGRAM


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *_PACKAGES]):
        subprocess.run(
            ["apt-get", "-qq", *words], env=environment, capture_output=True, timeout=300, check=False
        )
