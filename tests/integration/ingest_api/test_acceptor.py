"""Connections that wait are all taken in one round of the event loop."""

import asyncio
import socket

import uvloop

from ingest_api.acceptor import Acceptor

CONNECTIONS = 100


def test_connections_that_wait_are_taken_at_once() -> None:
    assert uvloop.run(_rounds()) < CONNECTIONS / 4


async def _rounds() -> int:
    """Rounds of the loop until every connection is taken; by itself uvloop takes one in each."""
    loop = asyncio.get_running_loop()
    taken = 0

    class Counts(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            nonlocal taken
            taken += 1

    server = await loop.create_server(Counts, "127.0.0.1", 0, backlog=CONNECTIONS)
    port = server.sockets[0].getsockname()[1]
    acceptor = Acceptor(server.sockets[0].fileno(), Counts)
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    rounds = 0
    while taken < CONNECTIONS and rounds < 10 * CONNECTIONS:
        rounds += 1
        await asyncio.sleep(0)
    acceptor.close()
    server.close()
    for connection in waiting:
        connection.close()
    await asyncio.sleep(0)
    return rounds
