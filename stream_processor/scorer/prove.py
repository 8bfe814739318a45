"""What must hold before a scorer serves: Faust's compiled stream, and topics with the right partitions."""

from faust import streams

from schemas import topics
from schemas.kafka_topics import partition_counts
from stream_processor.scorer.settings import ScorerSettings


class NotProvisioned(Exception):
    """Kafka is not as provisioning leaves it; run `python -m stream_processor.provision`."""


def check_faust() -> None:
    """The pure-Python stream acknowledges what it skips; the compiled one is safe. Raises RuntimeError."""
    if getattr(streams, "_CStreamIterator", None) is None:
        raise RuntimeError("Faust's compiled stream is missing: install faust-streaming from a wheel.")


async def check_topics(settings: ScorerSettings) -> None:
    """Raises NotProvisioned for a missing topic or another number of partitions."""
    counts = await partition_counts(settings.kafka_bootstrap)
    for topic in topics.all_topics(settings.partitions, settings.reply_partitions):
        found = counts.get(topic.name)
        if found != topic.partitions:
            state = "is missing" if found is None else f"has {found} partitions, not {topic.partitions}"
            raise NotProvisioned(f"{topic.name} {state}: run `python -m stream_processor.provision`.")
