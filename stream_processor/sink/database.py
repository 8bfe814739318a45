"""A PostgreSQL connection as the sink needs it: bounded in every wait, with its temporary tables."""

import asyncpg

from stream_processor.provision.connection import Connection
from stream_processor.sink.tables import TABLES

CONNECT_SECONDS = 5.0
# Above the statement time-out, for a server that does not answer at all.
COMMAND_SECONDS = 20.0

_SESSION = {
    "application_name": "flowserve-sink",
    "timezone": "UTC",
    "statement_timeout": "15s",
    "lock_timeout": "2s",
    # A sink that was stopped in the middle of a transaction must not keep the next one out.
    "idle_in_transaction_session_timeout": "5s",
    "temp_buffers": "32MB",
}

_COLUMNS = """
select format('%I %s%s', attname, format_type(atttypid, atttypmod), case when attnotnull then ' not null' end)
    as definition
from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum
"""


async def connect() -> Connection:
    """A new session; the PG* variables name the server. Raises asyncpg's errors, OSError or TimeoutError."""
    connection = await asyncpg.connect(
        timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS, server_settings=_SESSION
    )
    try:
        for table in TABLES:
            rows = await connection.fetch(_COLUMNS, table.name)
            await connection.execute(table.create_temporary([row["definition"] for row in rows]))
    except BaseException:
        connection.terminate()
        raise
    return connection
