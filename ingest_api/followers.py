"""Callers that wait for a stored outcome (`Prefer: wait=n`): one reading of the database serves them all.

A request that was answered with 202 has no reply any more: the scorer sends none after the first caller's
time. What is left to wait for is the row. However many wait, this process asks for all of them at once, a few
times a second, and not at all while nobody waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from uuid import UUID

from ingest_api.store import Row
from schemas.problems import Refusal

Asked = tuple[str, UUID]
_Waiting = asyncio.Future[Row | None]


class Followers:
    """Bounded. `read` finds what is stored of (client, request id) pairs, `every` so many seconds."""

    def __init__(
        self, read: Callable[[Sequence[Asked]], Awaitable[dict[Asked, Row]]], every: float, limit: int
    ) -> None:
        self._read = read
        self._every = every
        self._limit = limit
        self._waiting: dict[_Waiting, Asked] = {}
        self._reader: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    async def outcome(self, asked: Asked, seconds: float) -> Row | None:
        """The row once it has an outcome; None if it has none in time, at a stop, or where too many wait.

        Raises Refusal store_unavailable where the database does not answer.
        """
        if len(self._waiting) >= self._limit:
            return None
        waiting: _Waiting = asyncio.get_running_loop().create_future()
        self._waiting[waiting] = asked
        if self._reader is None:
            self._reader = asyncio.create_task(self._rounds())
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(waiting, None)

    def close_all(self) -> None:
        """Ends every wait: each caller gets the state as it is."""
        for waiting in list(self._waiting):
            self._end(waiting, None)

    async def stop(self) -> None:
        """Ends every wait and the reading."""
        self.close_all()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    async def _rounds(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._every)
                await self._round()
        finally:
            self._reader = None

    async def _round(self) -> None:
        waiting = dict(self._waiting)
        try:
            rows = await self._read(list(set(waiting.values())))
        except Exception as error:
            # A refusal is theirs to tell; so is a defect, which the middleware of each call logs.
            for each in waiting:
                self._fail(each, error)
            return
        for each, asked in waiting.items():
            row = rows.get(asked)
            if row is not None and row["status"] is not None:
                self._end(each, row)

    def _end(self, waiting: _Waiting, row: Row | None) -> None:
        self._waiting.pop(waiting, None)
        if not waiting.done():
            waiting.set_result(row)

    def _fail(self, waiting: _Waiting, error: Exception) -> None:
        self._waiting.pop(waiting, None)
        if not waiting.done():
            waiting.set_exception(Refusal(error.code, error.detail) if isinstance(error, Refusal) else error)
