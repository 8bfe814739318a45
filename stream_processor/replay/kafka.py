"""How a replay writes to the logs."""

import contextlib
from collections.abc import AsyncIterator

from aiokafka import AIOKafkaProducer

from schemas.compression import quick_lz4
from schemas.kafka_clients import kafka_arguments
from schemas.settings import ProcessSettings
from stream_processor.scorer.kafka_log import LogWriter

_BATCH_BYTES = 900_000
_REQUEST_BYTES = 1_000_000


def producer(settings: ProcessSettings) -> AIOKafkaProducer:
    """Writes whole batches, acknowledged by all."""
    return AIOKafkaProducer(
        **kafka_arguments(settings),
        acks="all",
        compression_type=quick_lz4(),
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
        max_request_size=_REQUEST_BYTES,
    )


@contextlib.asynccontextmanager
async def log_writer(settings: ProcessSettings) -> AsyncIterator[LogWriter]:
    """A writer to the logs; it connects when it first writes."""
    writer = LogWriter(lambda: producer(settings))
    try:
        yield writer
    finally:
        await writer.stop()
