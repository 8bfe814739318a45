"""The SQL migrations as files: which there are, which a database still needs, which were changed."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from stream_processor.provision.errors import ProvisionError

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


@dataclass(frozen=True)
class Migration:
    """One file `NNNN_name.sql`."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Tells whether a file was changed after it had been applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations() -> tuple[Migration, ...]:
    """All migrations of `schemas/sql`, in order. Raises ProvisionError for a name that does not fit."""
    folder = files("schemas") / "sql"
    texts = {
        entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".sql")
    }
    return in_order(texts)


def in_order(texts: Mapping[str, str]) -> tuple[Migration, ...]:
    """File names and contents as migrations, numbered 1, 2, 3 ... without a gap. Raises ProvisionError."""
    found = []
    for file_name, sql in sorted(texts.items()):
        match = _FILE_NAME.fullmatch(file_name)
        if match is None:
            raise ProvisionError(f"schemas/sql/{file_name}: name migrations NNNN_name.sql")
        found.append(Migration(int(match[1]), match[2], sql))
    for position, migration in enumerate(found, start=1):
        if migration.version != position:
            raise ProvisionError(
                f"schemas/sql: number {position:04d} is missing or used twice, see {migration.name}"
            )
    return tuple(found)


def still_needed(known: Sequence[Migration], applied: Iterable[tuple[int, str]]) -> tuple[Migration, ...]:
    """What a database with these (version, sha256) still needs, in order.

    Raises ProvisionError where the database has something else under a number, or more than we know.
    """
    by_version = {migration.version: migration for migration in known}
    done = dict(applied)
    for version, sha256 in sorted(done.items()):
        migration = by_version.get(version)
        if migration is None:
            raise ProvisionError(
                f"the database has migration {version:04d}, which this version of FlowServe does not know: "
                "run a version at least as new as the one that applied it"
            )
        if migration.sha256 != sha256:
            raise ProvisionError(
                f"schemas/sql/{version:04d}_{migration.name}.sql was changed after it had been applied: "
                "restore the file and put the change into a new migration"
            )
    return tuple(migration for migration in known if migration.version not in done)
