"""Kafka clients of a replay; neither belongs to a group."""

import contextlib
from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas import tolerant_records
from schemas.compression import quick_lz4
from schemas.kafka_clients import kafka_arguments
from schemas.settings import ProcessSettings
from stream_processor.scorer.kafka_log import LogReader, LogWriter

_FETCH_BYTES = 4_194_304
_BATCH_BYTES = 900_000
_REQUEST_BYTES = 1_000_000


def consumer(settings: ProcessSettings) -> AIOKafkaConsumer:
    """Reads where it is told to."""
    return AIOKafkaConsumer(
        **kafka_arguments(settings),
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )


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
async def log_reader(settings: ProcessSettings) -> AsyncIterator[LogReader]:
    """A reader of the logs; it connects when it first reads."""
    tolerant_records.install()
    reader = LogReader(lambda: consumer(settings))
    try:
        yield reader
    finally:
        await reader.stop()


@contextlib.asynccontextmanager
async def log_writer(settings: ProcessSettings) -> AsyncIterator[LogWriter]:
    """A writer to the logs; it connects when it first writes."""
    writer = LogWriter(lambda: producer(settings))
    try:
        yield writer
    finally:
        await writer.stop()
