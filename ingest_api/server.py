"""uvicorn with our bounds, and a stop that leaves nobody without an answer."""

import asyncio
import signal
import socket
from types import FrameType
from typing import Any

import uvicorn

from ingest_api.acceptor import Acceptor
from ingest_api.app import compose
from ingest_api.parts import Parts, make_parts
from ingest_api.protocol import bounded_protocol
from ingest_api.settings import ApiSettings
from schemas import lost_connections, tolerant_records

# What callers need, once their wait is ended, to be sent their 202.
_LAST_WORDS_SECONDS = 2
_FAILED = 70


class Server(uvicorn.Server):
    """At a stop: unready, no new connections, and after the drain every waiting caller gets 202."""

    def __init__(self, config: uvicorn.Config, parts: Parts) -> None:
        super().__init__(config)
        self._parts = parts
        self._acceptors: list[Acceptor] = []

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn's, but the signal is not raised again at the end: a clean stop exits with 0."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's own start, with a second reader of each listening socket."""
        await super().startup(sockets)
        listening = [each for server in self.servers for each in server.sockets]
        self._acceptors = [Acceptor(each.fileno(), self._protocol) for each in listening]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's own stop, with the end of the drain on a timer."""
        self._parts.health.stopping = True
        self._parts.followers.close_all()
        self._parts.feeds.close()
        for acceptor in self._acceptors:
            acceptor.close()
        loop = asyncio.get_running_loop()
        loop.call_later(self._parts.settings.drain_seconds, self._parts.pending.close_all)
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def serve(settings: ApiSettings) -> int:
    """Serves until a signal. Returns the exit code."""
    tolerant_records.install()
    lost_connections.install()
    parts = make_parts(settings)
    config = uvicorn.Config(
        compose(parts),
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http=bounded_protocol(settings),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=int(settings.drain_seconds) + _LAST_WORDS_SECONDS,
    )
    Server(config, parts).run()
    return _FAILED if parts.health.failed else 0
