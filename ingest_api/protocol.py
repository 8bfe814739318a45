"""uvicorn's HTTP protocol with bounds on a request's head while it arrives, and problems for its errors."""

import asyncio

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ingest_api.settings import ApiSettings
from schemas.problems import CONTENT_TYPE, problem


class BoundedProtocol(HttpToolsProtocol):
    """httptools itself accepts headers without end: this class counts them and watches the clock."""

    bounds: ApiSettings
    _head_bytes = 0
    _head_count = 0
    _head_timer: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.bounds.max_connections:
            self._refuse("overloaded", "Too many connections are open.")
        else:
            self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = self._head_count = 0
        if self._head_timer is None:
            self._start_head_timer()

    def on_url(self, url: bytes) -> None:
        self._count(len(url), 0)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value), 1)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_head_timer()
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if not self._refused:
            self._refuse("malformed", "This is not an HTTP request.")

    def _count(self, size: int, headers: int) -> None:
        self._head_bytes += size
        self._head_count += headers
        most_bytes, most = self.bounds.max_header_bytes, self.bounds.max_header_count
        if (self._head_bytes > most_bytes or self._head_count > most) and not self._refused:
            self._refuse("header_too_large", f"Send at most {most} headers and {most_bytes} bytes.")

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.bounds.header_seconds, self._head_is_late)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        self._refuse("request_timeout", f"Send the headers within {self.bounds.header_seconds:g} seconds.")

    def _refuse(self, code: str, detail: str) -> None:
        self._refused = True
        # In the middle of another answer nothing may be written; the closed connection has to say it.
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(head_answer(code, detail))
        self.transport.close()


def bounded_protocol(settings: ApiSettings) -> type[BoundedProtocol]:
    """uvicorn makes its protocols itself, so the bounds have to come with the class."""
    return type("BoundedProtocol", (BoundedProtocol,), {"bounds": settings})


def head_answer(code: str, detail: str) -> bytes:
    """A whole HTTP/1.1 answer with a problem, for a request that never reached the application."""
    answer = problem(code, detail)
    body = msgspec.json.encode(answer)
    retry = b"retry-after: 1\r\n" if answer.retryable else b""
    return b"".join(
        [
            STATUS_LINE[answer.status],
            f"content-type: {CONTENT_TYPE}\r\ncontent-length: {len(body)}\r\n".encode(),
            retry,
            b"cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
            body,
        ]
    )
