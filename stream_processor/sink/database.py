"""A PostgreSQL connection as the sink needs it: bounded in every wait, with its temporary tables."""

import asyncpg

from stream_processor.provision.connection import Connection
from stream_processor.sink.tables import TABLES

CONNECT_SECONDS = 5.0
# Above the statement time-out, for a server that does not answer at all.
_COMMAND_SECONDS = 20.0

_SESSION = {
    "application_name": "flowserve-sink",
    "timezone": "UTC",
    "statement_timeout": "15s",
    "lock_timeout": "2s",
    # A sink that was stopped in the middle of a transaction must not keep the next one out.
    "idle_in_transaction_session_timeout": "5s",
    "temp_buffers": "32MB",
}


async def connect() -> Connection:
    """A new session; the PG* variables name the server. Raises asyncpg's errors, OSError or TimeoutError."""
    connection = await asyncpg.connect(
        timeout=CONNECT_SECONDS, command_timeout=_COMMAND_SECONDS, server_settings=_SESSION
    )
    try:
        for table in TABLES:
            await connection.execute(table.create_temporary)
    except BaseException:
        connection.terminate()
        raise
    return connection
