"""Kafka for commands: where it is, and its errors as one sentence that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError

from schemas.settings import ProcessSettings


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
