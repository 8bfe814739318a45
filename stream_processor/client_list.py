"""The list of clients from outside the scorer: read to its end, and written with an acknowledgement."""

import contextlib
from collections.abc import Mapping

from aiokafka import AIOKafkaProducer

from schemas.clients import client_record, read_client
from schemas.headers import DEFAULT_CLIENT
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.settings import ProcessSettings
from schemas.topics import CLIENTS
from stream_processor.log_readers import open_reader

_REQUEST_MS = 10_000


async def read_clients(settings: ProcessSettings) -> dict[str, bool]:
    """Every client that was ever listed, and whether it is active. Raises what aiokafka raises."""
    found = {DEFAULT_CLIENT: True}
    async with open_reader(settings) as reader, contextlib.aclosing(reader.read(CLIENTS, 0, 0)) as chunks:
        async for records in chunks:
            for record in records:
                with contextlib.suppress(ValueError):
                    name, active = read_client(record.key, record.value)
                    found[name] = active
    return found


async def write_clients(settings: ProcessSettings, clients: Mapping[str, bool]) -> None:
    """Afterwards the list says so, durably, to whoever reads it to its end. Raises what aiokafka raises."""
    if not clients:
        return
    making = AIOKafkaProducer(
        **kafka_arguments(settings), acks="all", enable_idempotence=True, request_timeout_ms=_REQUEST_MS
    )
    async with started(making) as producer:
        for name, active in clients.items():
            key, value = client_record(name, active)
            await producer.send_and_wait(CLIENTS, value, key=key, partition=0)
