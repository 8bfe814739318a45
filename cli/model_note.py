"""Notes a change of the model in use in the audit trail, where there is a database that has one."""

import contextlib
import sys

import asyncpg

from cli.audit import note

_CONNECT_SECONDS, _STATEMENT_SECONDS = 5, 10


async def note_change(action: str, version: str, before: str | None) -> bool:
    """Adds `model.swap` or `model.rollback` with both versions; PG* variables name the database.

    The swap stands whatever comes of it: without a database a sentence on standard error says so.
    """
    try:
        connection = await asyncpg.connect(timeout=_CONNECT_SECONDS, command_timeout=_STATEMENT_SECONDS)
        try:
            await note(connection, f"model.{action}", version, {"before": before})
        finally:
            with contextlib.suppress(TimeoutError):
                await connection.close(timeout=_CONNECT_SECONDS)
    except Exception as error:  # whatever it is: who thinks that a rollback failed does it twice
        why = str(error) or "no answer in time"
        print(f"flowserve model: not noted in the audit trail ({why})", file=sys.stderr)
        return False
    return True
