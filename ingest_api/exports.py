"""NDJSON exports: a bounded number at once, each with one page in memory."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import asyncpg
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ingest_api.accept_header import NDJSON
from ingest_api.rows import ndjson
from schemas.problems import Refusal

Pages = AsyncIterator[list[asyncpg.Record]]


class ExportSlots:
    """Counts the exports that run."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Holds a slot. Raises Refusal: overloaded."""
        if self._running >= self._limit:
            raise Refusal("overloaded", f"At most {self._limit} exports run at once.")
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1


class Export(Response):
    """Streams all pages. The first is read before the answer starts, so its failure is still a problem."""

    media_type = NDJSON

    def __init__(self, slots: ExportSlots, pages: Pages) -> None:
        super().__init__()
        self._slots = slots
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ends early where the reader goes away."""
        with self._slots.one():
            first: list[asyncpg.Record] = await anext(self._pages, [])
            await StreamingResponse(self._lines(first), media_type=NDJSON)(scope, receive, send)

    async def _lines(self, first: list[asyncpg.Record]) -> AsyncIterator[bytes]:
        yield ndjson(first)
        async for page in self._pages:
            yield ndjson(page)
