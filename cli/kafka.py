"""Kafka for commands: where it is, how it is written, and its errors as one sentence for people."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.compression import quick_lz4
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.settings import ProcessSettings

# A dead letter that is put back holds a whole refused record.
_LARGEST_BYTES = 2_000_000
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
