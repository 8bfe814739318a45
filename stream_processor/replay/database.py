"""The database of a replay."""

import contextlib
from collections.abc import AsyncIterator

import asyncpg

from stream_processor.provision.connection import Connection
from stream_processor.replay.history import ReplayError

_SECONDS = 5


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[Connection]:
    """A connection to what the PG* variables name. Raises ReplayError where nothing answers."""
    try:
        connection = await asyncpg.connect(timeout=_SECONDS)
    except OSError as error:
        why = str(error) or "no answer in time"
        raise ReplayError(
            f"the database cannot be reached ({why}): is it running, and are the PG* variables right?"
        ) from None
    try:
        yield connection
    finally:
        await connection.close(timeout=_SECONDS)
