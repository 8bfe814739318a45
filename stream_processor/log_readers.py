"""Reading the logs from outside every group: one kind of consumer for scorers, replays and commands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from schemas import tolerant_records
from schemas.kafka_clients import kafka_arguments
from schemas.settings import ProcessSettings
from stream_processor.scorer.kafka_log import LogReader

_FETCH_BYTES = 4 << 20
_REQUEST_MS = 10_000


def log_consumer(settings: ProcessSettings) -> AIOKafkaConsumer:
    """Reads where it is told to. A place that the log no longer has is an error, and never its end."""
    return AIOKafkaConsumer(
        **kafka_arguments(settings),
        auto_offset_reset="none",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
        request_timeout_ms=_REQUEST_MS,
    )


@asynccontextmanager
async def open_reader(settings: ProcessSettings) -> AsyncIterator[LogReader]:
    """Reads whatever a producer has written. It connects when it first reads."""
    tolerant_records.install()
    reader = LogReader(lambda: log_consumer(settings))
    try:
        yield reader
    finally:
        await reader.stop()
