"""Looks as server-sent events: `state` and `figures` every time, `flagged` where something new was seen."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ingest_api.live.feeds import Feed, Feeds
from ingest_api.live.look import Eye, Look
from ingest_api.rows import LogEntry
from schemas.problems import Refusal

EVENT_STREAM = "text/event-stream"
_encode = msgspec.json.Encoder().encode
# Many times what one look can hold, so that nothing is told twice.
_MOST_TOLD = 2_000
# A proxy that gathers an answer before it passes it on would show nothing at all.
_HEADERS = {"X-Accel-Buffering": "no"}


class Flagged(msgspec.Struct, frozen=True):
    """Reviewed or declined, oldest first, in the form of /logs; each once in a stream."""

    entries: list[LogEntry]


class EventStream(Response):
    """Streams until the reader goes, the time is over, or `allowed` says that the key has become invalid."""

    media_type = EVENT_STREAM

    def __init__(
        self, feeds: Feeds, eye: Eye, client_id: str, seconds: float, allowed: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._feeds = feeds
        self._eye = eye
        self._client_id = client_id
        self._seconds = seconds
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refused before it begins where there are too many."""
        with self._feeds.watch(self._client_id) as feed:
            answer = StreamingResponse(self._events(feed), media_type=EVENT_STREAM, headers=_HEADERS)
            await answer(scope, receive, send)

    async def _events(self, feed: Feed) -> AsyncIterator[bytes]:
        yield event("state", self._eye.state(None))
        news = News(self._eye, self._client_id)
        until = asyncio.get_running_loop().time() + self._seconds
        async for look in feed.looks():
            if not self._allowed():
                return
            yield event("state", look.state)
            if look.figures is not None:
                yield event("figures", look.figures)
                if entries := await news.of(look):
                    yield event("flagged", Flagged(entries))
            if asyncio.get_running_loop().time() >= until:
                return


class News:
    """What one watcher has not been told of yet; it begins with what was flagged within a day."""

    def __init__(self, eye: Eye, client_id: str) -> None:
        self._eye = eye
        self._client_id = client_id
        self._told: dict[str, None] | None = None

    async def of(self, look: Look) -> list[LogEntry]:
        """New entries, oldest first."""
        entries = look.flagged
        if self._told is None:
            try:
                entries = await self._eye.backlog(self._client_id)
            except Refusal:
                return []
        told = self._told = self._told or {}
        new = [entry for entry in reversed(entries) if entry.request.request_id not in told]
        told.update(dict.fromkeys(entry.request.request_id for entry in new))
        while len(told) > _MOST_TOLD:
            del told[next(iter(told))]
        return new


def event(name: str, content: object) -> bytes:
    """One event; JSON holds no line break."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), _encode(content))
