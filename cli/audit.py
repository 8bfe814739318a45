"""Adds to the audit trail what the database does not note by itself."""

import json
from collections.abc import Mapping

from stream_processor.provision.connection import Connection

_NOTE = "insert into audit (action, subject, details) values ($1, $2, $3::jsonb)"


async def note(connection: Connection, action: str, subject: str, details: Mapping[str, object]) -> None:
    """Who and when are the database's own to write. Raises PostgreSQL's errors."""
    await connection.execute(_NOTE, action, subject, json.dumps(details))
