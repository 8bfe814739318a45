"""Who watches: one loop per watched client, a bounded number of watchers, an end for all at a stop."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from ingest_api.live.look import Look, Looker
from schemas.problems import Refusal


class Feed:
    """One client's looks. A watcher that is slow misses looks; nothing is kept for it."""

    def __init__(self, client_id: str, look: Looker, every_seconds: float) -> None:
        self._client_id = client_id
        self._look = look
        self._every_seconds = every_seconds
        self._next: asyncio.Future[Look] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name=f"live {client_id}")

    @property
    def ended(self) -> bool:
        """Whether no look will come any more."""
        return self._task.done()

    async def looks(self) -> AsyncIterator[Look]:
        """Each look from now on; ends when the feed is closed. Raises what a look raised."""
        while not self.ended:
            try:
                yield await asyncio.shield(self._next)
            except asyncio.CancelledError:
                if self._next.cancelled():
                    return
                raise

    def close(self) -> None:
        """Ends the loop and every watcher's iteration."""
        self._task.cancel()
        self._next.cancel()

    async def _run(self) -> None:
        while True:
            try:
                seen = await self._look(self._client_id)
            except Exception as error:
                self._next.set_exception(error)
                self._next.exception()  # whoever watches raises it; without watchers nobody need hear
                return
            done, self._next = self._next, asyncio.get_running_loop().create_future()
            done.set_result(seen)
            await asyncio.sleep(self._every_seconds)


class Feeds:
    """All feeds of the process; at most so many watchers, and of one client at most half of them."""

    def __init__(self, look: Looker, every_seconds: float, limit: int) -> None:
        self._look = look
        self._every_seconds = every_seconds
        self._limit = limit
        self._feeds: dict[str, Feed] = {}
        self._watchers: Counter[str] = Counter()
        self._closed = False

    @contextmanager
    def watch(self, client_id: str) -> Iterator[Feed]:
        """The client's feed, for as long as it is held. Raises Refusal: overloaded, not_ready."""
        if self._closed:
            raise Refusal("not_ready", "The service is stopping.")
        if self._watchers.total() >= self._limit or self._watchers[client_id] >= (self._limit + 1) // 2:
            detail = f"At most {self._limit} streams are open at once, and half of them one client's."
            raise Refusal("overloaded", detail)
        self._watchers[client_id] += 1
        feed = self._feeds.get(client_id)
        if feed is None or feed.ended:
            feed = self._feeds[client_id] = Feed(client_id, self._look, self._every_seconds)
        try:
            yield feed
        finally:
            self._watchers[client_id] -= 1
            if self._watchers[client_id] <= 0:
                del self._watchers[client_id]
                self._drop(client_id)

    def close(self) -> None:
        """Ends every stream, and lets no new one begin."""
        self._closed = True
        for feed in self._feeds.values():
            feed.close()

    def _drop(self, client_id: str) -> None:
        if feed := self._feeds.pop(client_id, None):
            feed.close()
