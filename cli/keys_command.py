"""`flowserve keys`: carries out what was asked and prints it, for people or as JSON."""

import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from cli.arguments import Asked, CreateKey, ListKeys
from cli.database import DONE, NO_SUCH_KEY
from cli.keys import StoredKey, list_keys, make_key, revoke_key, store_key
from stream_processor.provision.connection import Connection

Declare = Callable[[str], Awaitable[None]]


async def run_keys(connection: Connection, asked: Asked, declare: Declare) -> int:
    """The exit code. `declare` puts a client on the list of clients. Raises PostgreSQL's and its errors."""
    now = datetime.now(UTC)
    if isinstance(asked, CreateKey):
        return await _create(connection, asked, now, declare)
    if isinstance(asked, ListKeys):
        keys = await list_keys(connection)
        print(as_json(keys, now) if asked.as_json else as_table(keys, now))
        return DONE
    if not await revoke_key(connection, asked.key_id):
        print(f"flowserve: there is no key {asked.key_id}; see `flowserve keys list`", file=sys.stderr)
        return NO_SUCH_KEY
    print(f"revoked {asked.key_id}")
    return DONE


async def _create(connection: Connection, asked: CreateKey, now: datetime, declare: Declare) -> int:
    expires_at = None if asked.days is None else now + timedelta(days=asked.days)
    key = make_key(asked.client, asked.name, asked.scopes, expires_at)
    # First, so that no key is known whose requests the scorers would refuse.
    await declare(key.client_id)
    await store_key(connection, key)
    if asked.as_json:
        print(json.dumps({**vars(key), "expires_at": _time(expires_at)}))
        return DONE
    # The bare key alone goes to standard output, so that a script can take it.
    print(key.key)
    print(f"key {key.key_id} of {key.client_id}: keep it now, it is not shown again", file=sys.stderr)
    return DONE


def as_json(keys: list[StoredKey], now: datetime) -> str:
    """A JSON array; times in RFC 3339, null for never."""
    rows = [
        {
            "key_id": key.key_id,
            "client_id": key.client_id,
            "name": key.name,
            "scopes": key.scopes,
            "state": key.state(now),
            "created_at": _time(key.created_at),
            "expires_at": _time(key.expires_at),
            "revoked_at": _time(key.revoked_at),
        }
        for key in keys
    ]
    return json.dumps(rows, indent=2)


def as_table(keys: list[StoredKey], now: datetime) -> str:
    """Aligned columns with a heading."""
    lines = [("KEY ID", "CLIENT", "NAME", "SCOPES", "STATE", "CREATED", "EXPIRES")]
    for key in keys:
        created, expires = _time(key.created_at) or "", _time(key.expires_at) or "never"
        scopes = ",".join(key.scopes)
        lines.append((key.key_id, key.client_id, key.name, scopes, key.state(now), created, expires))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds")
