"""API keys: who calls, and what they may do. Kept in memory, so a database outage locks nobody out."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from schemas.problems import Refusal

logger = logging.getLogger(__name__)

_KEY = re.compile(r"fs_[A-Za-z0-9_-]{43}", re.ASCII)
_UNKNOWN_KEY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A live key. `expires_at` is in seconds since 1970 UTC, or None for never."""

    key_id: str
    client_id: str
    key_hash: bytes
    scopes: frozenset[str]
    expires_at: float | None = None


Loader = Callable[[], Awaitable[Sequence[ApiKey]]]


class KeyRing:
    """All keys that are not revoked, by hash. `clock` is monotonic, `now` is seconds since 1970 UTC."""

    def __init__(
        self,
        load: Loader,
        clock: Callable[[], float],
        now: Callable[[], float],
        stale_seconds: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._load = load
        self._clock = clock
        self._now = now
        self._stale_seconds = stale_seconds
        self._sleep = sleep
        self._keys: dict[bytes, ApiKey] = {}
        self._loaded_at: float | None = None
        self._begun_at = self._asked_at = -_UNKNOWN_KEY_SECONDS
        self._reading = asyncio.Lock()
        self.healthy = False

    def age(self) -> float | None:
        """Seconds since the keys were last read, or None if they never were."""
        return None if self._loaded_at is None else self._clock() - self._loaded_at

    def usable(self) -> bool:
        """False until the first reading, and when the last one is too long ago."""
        age = self.age()
        return age is not None and age <= self._stale_seconds

    async def refresh(self) -> bool:
        """Reads all keys. False, and the old ones stay, where the database does not answer."""
        async with self._reading:
            return await self._read()

    async def identify(self, authorization: str | None) -> ApiKey:
        """The key of an Authorization header.

        Raises Refusal: unauthenticated, or where that cannot be known not_ready or store_unavailable.
        """
        if not self.usable():
            raise Refusal("not_ready", "The database that holds the API keys has not been reachable.")
        digest = _digest(authorization)
        key = self._keys.get(digest)
        if key is None:
            # It may have been made a moment ago, and must not be refused for that.
            await self._read_after(self._clock())
            key = self._keys.get(digest)
        if key is None and not self.healthy:
            raise Refusal("store_unavailable", "The key is not known here, and the database cannot be asked.")
        if key is None or self._expired(key):
            raise Refusal("unauthenticated", "The API key is unknown, revoked or expired.")
        return key

    def holds(self, key: ApiKey) -> bool:
        """True while a key that was found before is neither revoked nor expired, as far as is known here."""
        return self.usable() and key.key_hash in self._keys and not self._expired(key)

    def _expired(self, key: ApiKey) -> bool:
        return key.expires_at is not None and key.expires_at <= self._now()

    async def _read_after(self, moment: float) -> None:
        """Waits for a reading that begins at this moment or later: one a second, shared by all who ask.

        So guessing is no load on the database, and a guesser waits where an honest new key is found.
        """
        async with self._reading:
            if self._begun_at >= moment:
                return
            pause = self._asked_at + _UNKNOWN_KEY_SECONDS - self._clock()
            if pause > 0:
                await self._sleep(pause)
            self._asked_at = self._clock()
            await self._read()

    async def _read(self) -> bool:
        self._begun_at = self._clock()
        try:
            keys = await self._load()
        except Refusal:
            if self.healthy:
                logger.warning("API keys cannot be read; the known ones stay valid")
            self.healthy = False
            return False
        self._keys = {key.key_hash: key for key in keys}
        self._loaded_at = self._clock()
        self.healthy = True
        return True


def _digest(authorization: str | None) -> bytes:
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not _KEY.fullmatch(token):
        raise Refusal("unauthenticated", "Send an API key as: Authorization: Bearer fs_...")
    return hashlib.sha256(token.encode()).digest()
