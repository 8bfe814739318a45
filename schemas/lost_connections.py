"""Lets aiokafka notice on uvloop that a connection was lost a moment ago.

asyncio's own transports take what is written to a lost connection and drop it; uvloop's raise RuntimeError,
which aiokafka expects nowhere: it ends the task that fetches, or the one that sends, for good.
"""

from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_send = AIOKafkaConnection.send


def _send_or_close(connection: AIOKafkaConnection, request: Any, expect_response: bool = True) -> Any:  # noqa: ANN401
    try:
        return _send(connection, request, expect_response)
    except RuntimeError as error:
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"the connection was lost: {error}") from error


def install() -> None:
    """From here on every aiokafka client of this process."""
    AIOKafkaConnection.send = _send_or_close
