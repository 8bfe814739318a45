"""The backend without `ml/`: cut off by the documented command, it stands alone."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_OURS = {"VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"}  # of the make and the environment that run this


def run(*command: str, folder: Path) -> str:
    """Its output; fails with it."""
    environment = {name: value for name, value in os.environ.items() if name not in _OURS}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]
    return done.stdout


@pytest.mark.slow
def test_the_cut_backend_installs_and_passes_its_checks_and_unit_tests(tmp_path: Path) -> None:
    backend = tmp_path / "flowserveai-backend"
    run("scripts/cut_backend.sh", str(backend), folder=ROOT)
    assert sorted(path.name for path in (backend / "ml").iterdir()) == ["README.md", "models"]
    run("git", "init", "--quiet", folder=backend)
    run("git", "add", "--all", folder=backend)
    run("make", "check", "test-unit", folder=backend)
    where = run(".venv/bin/python", "-c", "import flowserve_ml; print(flowserve_ml.__file__)", folder=backend)
    assert "site-packages" in where
