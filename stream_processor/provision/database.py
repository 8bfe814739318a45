"""Brings a PostgreSQL database to the newest schema; any number of these may run at once."""

import logging
from collections.abc import Sequence

from stream_processor.provision.connection import Connection
from stream_processor.provision.migrations import Migration, still_needed

logger = logging.getLogger(__name__)

# Any number would do, as long as every FlowServe uses the same: the bytes of "flow".
_LOCK = 0x666C6F77

_TABLE = """
create table if not exists schema_migrations (
    version    integer     primary key,
    name       text        not null,
    sha256     text        not null,
    applied_at timestamptz not null default now()
)
"""


async def migrate(connection: Connection, known: Sequence[Migration]) -> int:
    """Applies what is missing, each migration in a transaction of its own; returns how many.

    Raises ProvisionError where the database does not fit the files, and whatever PostgreSQL says of the SQL.
    """
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(_TABLE)
        applied = await connection.fetch("select version, sha256 from schema_migrations")
        missing = still_needed(known, [(row["version"], row["sha256"]) for row in applied])
        for migration in missing:
            await _apply(connection, migration)
        return len(missing)
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "insert into schema_migrations (version, name, sha256) values ($1, $2, $3)",
            migration.version,
            migration.name,
            migration.sha256,
        )
    logger.info("migration applied", extra={"version": migration.version, "migration": migration.name})
