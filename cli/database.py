"""Runs one command on PostgreSQL and turns what can go wrong into a sentence and an exit code."""

import sys
from collections.abc import Awaitable, Callable

import asyncpg

from stream_processor.provision.connection import Connection

DONE, DATABASE_ERROR, USAGE_ERROR, NO_SUCH_KEY = 0, 1, 2, 3

_CONNECT_SECONDS, _STATEMENT_SECONDS = 5, 10


class UsageError(Exception):
    """A value on the command line that cannot be; the message says what to write instead."""


async def run_connected(
    command: Callable[[Connection], Awaitable[int]], statement_seconds: float = _STATEMENT_SECONDS
) -> int:
    """The command's exit code, or 1 with a sentence on standard error. PG* variables name the database."""
    try:
        connection = await asyncpg.connect(timeout=_CONNECT_SECONDS, command_timeout=statement_seconds)
        try:
            return await command(connection)
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)
    except asyncpg.UndefinedTableError:
        return _sorry("the database has no tables yet: run `python -m stream_processor.provision` first")
    except (OSError, TimeoutError) as error:
        why = str(error) or "no answer in time"
        return _sorry(
            f"the database cannot be reached ({why}): is it running, and are the PG* variables right?"
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return _sorry(f"the database refused the command: {error}")


def _sorry(sentence: str) -> int:
    print(f"flowserve: {sentence}", file=sys.stderr)
    return DATABASE_ERROR
