"""A connection to the database that PG* variables name, without putting them into our own environment."""

from collections.abc import Mapping

import asyncpg

from stream_processor.provision.connection import Connection


async def connect(environment: Mapping[str, str]) -> Connection:
    """The caller closes it."""
    connection: Connection = await asyncpg.connect(
        host=environment["PGHOST"],
        port=int(environment["PGPORT"]),
        user=environment["PGUSER"],
        password=environment["PGPASSWORD"],
        database=environment["PGDATABASE"],
    )
    return connection
