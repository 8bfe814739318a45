"""What must hold before a scorer serves: Faust's compiled stream, the topics, and the right to its group."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    KafkaConnectionError,
)
from faust import streams

from schemas import topics
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.kafka_topics import partition_counts
from schemas.settings import ProcessSettings
from stream_processor.scorer.cannot_start import CannotStart
from stream_processor.scorer.settings import ScorerSettings

log = logging.getLogger(__name__)

_PAUSES_SECONDS = (0.5, 1.0, 2.0, *(4.0,) * 14)

Answer = TypeVar("Answer")


class NotAllowed(CannotStart):
    """Kafka's rules do not let this process do its work; see `flowserve acls`."""


class NotProvisioned(CannotStart):
    """Kafka is not as provisioning leaves it; run `python -m stream_processor.provision`."""


def check_faust() -> None:
    """The pure-Python stream acknowledges what it skips; the compiled one is safe. Raises RuntimeError."""
    if getattr(streams, "_CStreamIterator", None) is None:
        raise RuntimeError("Faust's compiled stream is missing: install faust-streaming from a wheel.")


async def patiently(
    ask: Callable[[], Awaitable[Answer]],
    bootstrap: str,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Answer:
    """Asks again while no broker answers: whoever starts all at once need not know an order.

    Raises CannotStart once that has gone on for a minute.
    """
    pauses = iter(_PAUSES_SECONDS)
    while True:
        try:
            return await ask()
        except (KafkaConnectionError, OSError, TimeoutError) as error:
            pause = next(pauses, None)
            if pause is None:
                raise CannotStart(
                    f"No broker answers at {bootstrap} ({type(error).__name__}): look whether Kafka runs, "
                    "and what aiokafka said above."
                ) from None
        log.warning("no broker answers yet; asking again", extra={"pause_seconds": pause})
        await sleep(pause)


async def check_topics(settings: ScorerSettings) -> None:
    """Raises NotProvisioned for a missing topic or another number of partitions, and as `patiently` does."""
    counts = await patiently(lambda: partition_counts(settings), settings.kafka_bootstrap)
    for topic in topics.all_topics(settings.partitions, settings.reply_partitions):
        found = counts.get(topic.name)
        if found != topic.partitions:
            missing = "is missing, or hidden from this process by Kafka's rules"
            state = missing if found is None else f"has {found} partitions, not {topic.partitions}"
            raise NotProvisioned(f"{topic.name} {state}: run `python -m stream_processor.provision`.")


async def check_group(settings: ProcessSettings) -> None:
    """Faust waits in silence for a group that it may not join. Raises NotAllowed."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return
    try:
        async with started(
            AIOKafkaAdminClient(**kafka_arguments(settings), request_timeout_ms=10_000)
        ) as admin:
            await admin.find_coordinator(topics.SCORER_GROUP)
    except GroupCoordinatorNotAvailableError:
        return  # a new broker makes its group log when first asked
    except GroupAuthorizationFailedError:
        name = settings.kafka_sasl_username
        raise NotAllowed(
            f"{name} may not join the group {topics.SCORER_GROUP}: see `flowserve acls`."
        ) from None
