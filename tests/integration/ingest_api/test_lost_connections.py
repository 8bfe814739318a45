"""What is written to a connection that was just lost is a connection error to aiokafka, on uvloop, too."""

import asyncio

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from schemas import lost_connections


def test_a_request_on_a_lost_connection_is_refused_as_such_and_the_connection_closed() -> None:
    lost_connections.install()
    uvloop.run(_lose_a_connection())


async def _lose_a_connection() -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = AIOKafkaConnection("127.0.0.1", port)
        connection._reader, connection._writer = await asyncio.open_connection("127.0.0.1", port)
        connection._read_task = connection._create_reader_task()
        lost = connection._writer
        lost.transport.abort()
        await lost.wait_closed()
        with pytest.raises(KafkaConnectionError, match="lost"):
            connection.send(ApiVersionRequest())
        assert not connection.connected()
