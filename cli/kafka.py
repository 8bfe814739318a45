"""Kafka for commands: where it is, how it is read and written, and its errors as one sentence for people."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import tolerant_records
from schemas.compression import quick_lz4
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.settings import ProcessSettings
from stream_processor.scorer.kafka_log import LogReader

# A dead letter that is put back holds a whole refused record.
_LARGEST_BYTES = 2_000_000
_FETCH_BYTES = 4 << 20
_REQUEST_MS = 10_000


class KafkaUnavailable(Exception):
    """Kafka did not do what was asked; the message says why and what to look at."""


def kafka_settings() -> ProcessSettings:
    """Where the brokers are, and how they are spoken to, as FLOWSERVE_KAFKA_* say."""
    return ProcessSettings()


@contextmanager
def kafka_errors() -> Iterator[None]:
    """Turns what aiokafka raises into KafkaUnavailable."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        raise KafkaUnavailable(
            f"Kafka did not do it ({why}): is it running and provisioned, and is "
            "FLOWSERVE_KAFKA_BOOTSTRAP right?"
        ) from None


@asynccontextmanager
async def open_reader(settings: ProcessSettings) -> AsyncIterator[LogReader]:
    """Reads without a group, and whatever a producer has written. It connects when it first reads."""
    tolerant_records.install()
    reader = LogReader(
        lambda: AIOKafkaConsumer(
            **kafka_arguments(settings),
            auto_offset_reset="none",
            enable_auto_commit=False,
            max_partition_fetch_bytes=_FETCH_BYTES,
            request_timeout_ms=_REQUEST_MS,
        )
    )
    try:
        yield reader
    finally:
        await reader.stop()


@asynccontextmanager
async def open_producer(settings: ProcessSettings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer whose every receipt means durable."""
    making = AIOKafkaProducer(
        **kafka_arguments(settings),
        acks="all",
        enable_idempotence=True,
        compression_type=quick_lz4(),
        max_request_size=_LARGEST_BYTES,
        request_timeout_ms=_REQUEST_MS,
    )
    async with started(making) as producer:
        yield producer
