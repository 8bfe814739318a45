"""Gives the database roles that an operator has made exactly what `schemas.database_roles` says."""

import logging

from schemas.database_roles import GRANTS, statements
from stream_processor.provision.connection import Connection

logger = logging.getLogger(__name__)


async def grant_roles(connection: Connection) -> list[str]:
    """The roles that exist, each with its grants. An installation without roles uses the owner for all.

    Raises PostgreSQL's error, such as where this connection does not own the tables.
    """
    rows = await connection.fetch(
        "select rolname from pg_roles where rolname = any($1::text[])", list(GRANTS)
    )
    found = sorted(row["rolname"] for row in rows)
    for role in found:
        async with connection.transaction():
            for statement in statements(role):
                await connection.execute(statement)
    return found
