"""`ml/` is a repository of its own in all but place: copied alone, it installs and passes its tests."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def run(*command: str | Path, folder: Path) -> str:
    """Its output; fails with it."""
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]
    return done.stdout


def test_a_copy_in_an_empty_place_installs_into_a_fresh_environment_and_passes_its_tests(
    tmp_path: Path,
) -> None:
    alone = tmp_path / "flowserveai-ml"
    shutil.copytree(
        ROOT / "ml", alone, ignore=shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis")
    )
    # The versions that we have pinned anyway, so that nothing new has to be found.
    pins = re.findall(r"^([A-Za-z0-9_.-]+==[^ \\]+)", (ROOT / "requirements-dev.txt").read_text(), re.M)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(pins) + "\n")
    fresh = tmp_path / "venv"
    uv = Path(sys.executable).parent / "uv"
    run(uv, "venv", "--quiet", "--python", sys.executable, fresh, folder=alone)
    run(
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        fresh,
        "--constraint",
        constraints,
        ".[test]",
        folder=alone,
    )
    listed = run(uv, "pip", "list", "--python", fresh, folder=alone)
    assert not re.search(r"flowserve-backend|faust|fastapi|aiokafka", listed)
    run(fresh / "bin/python", "-m", "pytest", "-q", folder=alone)
