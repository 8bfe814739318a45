"""Kafka clients of a replay; neither belongs to a group."""

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas.kafka_clients import kafka_arguments
from schemas.settings import ProcessSettings

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
        compression_type="lz4",
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
        max_request_size=_REQUEST_BYTES,
    )
