"""One keep-alive connection that carries one call at a time; raw HTTP/1.1, because it shares the cores."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from benchmarks.load.target import Target

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 where the line broke before an answer was whole."""

    status: int
    head: bytes = b""
    body: bytes = b""


BROKEN = Answer(0)
Done = Callable[["Line", Answer], None]


class Line(asyncio.Protocol):
    """`ask` calls `done` exactly once. A line that was given up or has broken is closed for good."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._done: Done | None = None
        self._got = b""

    @property
    def usable(self) -> bool:
        """Whether another call may be sent over it."""
        return self._transport is not None and not self._transport.is_closing() and self._done is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass of it

    def ask(self, request: bytes, done: Done) -> None:
        """Sends one request."""
        if self._transport is None:
            raise RuntimeError("ask only over a line that is usable")
        self._done, self._got = done, b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(_END)
        if not found:
            return
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        if b"connection: close" in head and self._transport is not None:
            self._transport.close()
        self._end(Answer(int(head[9:12]), head, body))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(BROKEN)
        self._transport = None

    def close(self) -> None:
        """Gives up: nobody waits for its answer any more."""
        self._done = None
        if self._transport is not None:
            self._transport.abort()

    def _end(self, answer: Answer) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(self, answer)


async def connect(target: Target) -> Line:
    """A new line. Raises OSError."""
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(
        Line, target.host, target.port, ssl=target.tls, server_hostname=target.server_name
    )
    return line
