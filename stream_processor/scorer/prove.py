"""What must hold before a scorer serves: Faust's compiled stream, the topics, and the right to its group."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, GroupCoordinatorNotAvailableError
from faust import streams

from schemas import topics
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.kafka_topics import partition_counts
from schemas.settings import ProcessSettings
from stream_processor.scorer.settings import ScorerSettings


class NotAllowed(Exception):
    """Kafka's rules do not let this process do its work; see `flowserve acls`."""


class NotProvisioned(Exception):
    """Kafka is not as provisioning leaves it; run `python -m stream_processor.provision`."""


def check_faust() -> None:
    """The pure-Python stream acknowledges what it skips; the compiled one is safe. Raises RuntimeError."""
    if getattr(streams, "_CStreamIterator", None) is None:
        raise RuntimeError("Faust's compiled stream is missing: install faust-streaming from a wheel.")


async def check_topics(settings: ScorerSettings) -> None:
    """Raises NotProvisioned for a missing topic or another number of partitions."""
    counts = await partition_counts(settings)
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
