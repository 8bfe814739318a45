"""A package of ours alone: copied to an empty place and installed there into a fresh environment."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_UV = Path(sys.executable).parent / "uv"


def run(*command: str | Path, folder: Path) -> str:
    """Its output; fails with it."""
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]
    return done.stdout


def copied(name: str, place: Path) -> Path:
    """The folder of the package, without what tools have left in it."""
    ignore = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis")
    return shutil.copytree(ROOT / name, place / f"flowserveai-{name}", ignore=ignore)


def installed(project: Path, what: str = ".") -> Path:
    """The Python of a fresh environment beside the project with nothing but `what` of it in it."""
    fresh = project.parent / "venv"
    run(_UV, "venv", "--quiet", "--python", sys.executable, fresh, folder=project)
    install(project, fresh, what)
    return fresh / "bin/python"


def install(project: Path, environment: Path, what: str) -> None:
    """Into an environment or that of a Python: in the versions that we have pinned anyway, so that nothing
    new has to be found."""
    pins = re.findall(r"^([A-Za-z0-9_.-]+==[^ \\]+)", (ROOT / "requirements-dev.txt").read_text(), re.M)
    constraints = project.parent / "constraints.txt"
    constraints.write_text("\n".join(pins) + "\n")
    options = ("--quiet", "--python", environment, "--constraint", constraints)
    run(_UV, "pip", "install", *options, what, folder=project)


def distributions(python: Path) -> set[str]:
    """The names of what is installed there."""
    words = ("pip", "list", "--quiet", "--format", "freeze", "--python", python)
    lines = run(_UV, *words, folder=python.parent).splitlines()
    return {line.split("==")[0].split(" @")[0] for line in lines}
