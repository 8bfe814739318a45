"""Debian's PostgreSQL: where it is, and how it gets there."""

import os
import shutil
import subprocess
from pathlib import Path

_PROGRAMS = Path("/usr/lib/postgresql")
_SETTINGS = Path("/etc/postgresql-common")


def debian_programs() -> Path | None:
    """The folder with Debian's postgres; installed where it is missing and we may; None where we may not."""
    if not any(_PROGRAMS.glob("*/bin/postgres")) and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
    return next(iter(sorted(_PROGRAMS.glob("*/bin"), reverse=True)), None)


def _install() -> None:
    # The programs alone: without a cluster of its own, which would be started at once.
    _SETTINGS.mkdir(exist_ok=True)
    (_SETTINGS / "createcluster.conf").write_text("create_main_cluster = false\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    keep = ["-o", "Dpkg::Options::=--force-confold"]
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *keep, "postgresql"]):
        subprocess.run(
            ["apt-get", "-qq", *words], env=environment, capture_output=True, timeout=300, check=False
        )
