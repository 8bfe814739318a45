"""The account and the folders PostgreSQL runs with: it refuses to run as root.

As an ordinary user everything lives in the data folder. As root an unprivileged account is used and the
database lives under /var/lib/flowserve, because that account may be unable to reach the data folder; nobody
else's folder ever has its permissions changed.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

STATE = Path("/var/lib/flowserve")
NAME, FALLBACK = "flowserve", "nobody"


@dataclass(frozen=True)
class Account:
    """Whom a child runs as; both None means as ourselves."""

    user: int | None = None
    group: int | None = None

    def give(self, folder: Path) -> None:
        """Makes the folder, for this account only. Its parents keep what permissions they have."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)


def database_folder(data: Path) -> Path:
    """Where the database of this data folder lives."""
    data = data.resolve()
    if os.geteuid() != 0:
        return data / "postgres"
    return STATE / hashlib.sha256(str(data).encode()).hexdigest()[:16]


def account_for(folder: Path) -> Account:
    """The account for this database: ourselves, or as root its owner, else a system user, else `nobody`."""
    if os.geteuid() != 0:
        return Account()
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    entry = _lookup(NAME) or _create() or pwd.getpwnam(FALLBACK)
    return Account(entry.pw_uid, entry.pw_gid)


def make_state_folder() -> None:
    """/var/lib/flowserve, which others may pass through but not list the databases in."""
    if not STATE.exists():
        STATE.mkdir(parents=True)
        STATE.chmod(0o711)


def _lookup(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is None:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", str(STATE)]
    command = [useradd, *options, "--shell", "/usr/sbin/nologin", NAME]
    subprocess.run(command, capture_output=True, check=False)
    return _lookup(NAME)
