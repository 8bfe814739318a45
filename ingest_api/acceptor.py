"""Takes every connection that waits, at once.

uvloop takes one in each round of its loop. Where each call comes over a connection of its own (as all do
whose last call timed out) a busy process falls behind without knowing: calls grow old in the kernel's queue,
where admission does not see them, and every answer comes too late, also after the overload has ended.
"""

import asyncio
import os
import socket
from collections.abc import Callable

_AT_ONCE = 256


class Acceptor:
    """A second reader of a socket that somebody else listens on; `make` makes a protocol for a connection."""

    def __init__(self, listening: int, make: Callable[[], asyncio.Protocol]) -> None:
        self._socket = socket.socket(fileno=os.dup(listening))
        self._socket.setblocking(False)
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._accepting: set[asyncio.Task[None]] = set()
        self._loop.add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Takes no more."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, _ = self._socket.accept()
            except OSError:  # nothing waits, or no descriptor is free: the first reader sees to that
                return
            task = self._loop.create_task(self._connect(connection))
            self._accepting.add(task)
            task.add_done_callback(self._accepting.discard)

    async def _connect(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(self._make, connection)
        except OSError:
            connection.close()
