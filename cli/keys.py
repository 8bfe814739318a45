"""API keys in the database: made, listed and revoked. The key itself is never stored, only its SHA-256."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from stream_processor.provision.connection import Connection

SCOPES = ("predict", "read", "feedback", "dlq")

_KEY_BYTES = 32
_KEY_ID_BYTES = 5


@dataclass(frozen=True)
class NewKey:
    """A key as its owner gets it, this once. Times are UTC, `expires_at` None for never."""

    key: str
    key_id: str
    client_id: str
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True)
class StoredKey:
    """A key as the database knows it. Times are UTC."""

    key_id: str
    client_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


def make_key(
    client_id: str,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    random: Callable[[int], str] = secrets.token_urlsafe,
) -> NewKey:
    """A fresh key; `random` gives so many random bytes as url-safe text."""
    key_id = secrets.token_hex(_KEY_ID_BYTES)
    return NewKey(f"fs_{random(_KEY_BYTES)}", key_id, client_id, name, tuple(scopes), expires_at)


def key_hash(key: str) -> bytes:
    """What is stored in place of the key. A key holds 256 random bits, so no salt or slow hash is needed."""
    return hashlib.sha256(key.encode()).digest()


async def store_key(connection: Connection, key: NewKey) -> None:
    """Makes the key known. Raises PostgreSQL's error."""
    await connection.execute(
        "insert into api_keys (key_id, client_id, name, key_hash, scopes, expires_at) "
        "values ($1, $2, $3, $4, $5, $6)",
        key.key_id,
        key.client_id,
        key.name,
        key_hash(key.key),
        list(key.scopes),
        key.expires_at,
    )


async def list_keys(connection: Connection) -> list[StoredKey]:
    """All keys, oldest first."""
    rows = await connection.fetch(
        "select key_id, client_id, name, scopes, created_at, expires_at, revoked_at "
        "from api_keys order by created_at, key_id"
    )
    return [
        StoredKey(
            row["key_id"],
            row["client_id"],
            row["name"],
            tuple(row["scopes"]),
            row["created_at"],
            row["expires_at"],
            row["revoked_at"],
        )
        for row in rows
    ]


async def revoke_key(connection: Connection, key_id: str) -> bool:
    """Whether there is such a key; one that is revoked already keeps its first time."""
    answer = await connection.execute(
        "update api_keys set revoked_at = coalesce(revoked_at, now()) where key_id = $1", key_id
    )
    return answer == "UPDATE 1"
