"""Creates the Kafka topics, checks the ones that exist, and sets their configuration to ours."""

import logging
from collections.abc import Iterable, Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    InvalidReplicationFactorError,
    TopicAlreadyExistsError,
    for_code,
)

from schemas.topics import Topic
from stream_processor.provision.errors import NotYet, ProvisionError

logger = logging.getLogger(__name__)

# Kafka's own number for "set on this topic"; other sources are the broker's defaults.
_SET_ON_TOPIC = 1


async def provision_topics(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> None:
    """Afterwards all topics are there as described. Raises NotYet, or ProvisionError with what to do."""
    existing = set(await admin.list_topics())
    await _create(admin, [topic for topic in topics if topic.name not in existing], replication)
    check_partitions(topics, await _partition_counts(admin, topics))
    await _correct_configs(admin, topics)


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[Topic], replication: int) -> None:
    if not missing:
        return
    asked = [
        NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.config()) for topic in missing
    ]
    answer = await admin.create_topics(asked, timeout_ms=15_000)
    for name, code, message in answer.topic_errors:
        if code == 0:
            logger.info("topic created", extra={"topic": name})
        else:
            judge_creation(name, for_code(code), message)


def judge_creation(name: str, kind: type[Exception], message: str | None) -> None:
    """Raises NotYet or ProvisionError for an error of a creation; nothing where another was faster."""
    if issubclass(kind, TopicAlreadyExistsError):
        return
    if issubclass(kind, InvalidReplicationFactorError):
        raise NotYet(f"{name}: {message} (start more brokers or lower FLOWSERVE_REPLICATION_FACTOR)")
    if getattr(kind, "retriable", False):
        raise NotYet(f"{name}: {message or kind.__name__}")
    raise ProvisionError(f"Kafka did not create the topic {name}: {kind.__name__}: {message}")


async def _partition_counts(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in await admin.describe_topics([topic.name for topic in topics]):
        if entry["error_code"] != 0:
            raise NotYet(f"{entry['topic']}: {for_code(entry['error_code']).__name__}")
        counts[entry["topic"]] = len(entry["partitions"])
    return counts


def check_partitions(topics: Iterable[Topic], counts: Mapping[str, int]) -> None:
    """A topic's partition count is fixed for its life, since it decides where a customer lives.

    Raises ProvisionError.
    """
    for topic in topics:
        found = counts.get(topic.name)
        if found is None:
            raise NotYet(f"{topic.name}: not in the broker's metadata")
        if found != topic.partitions:
            raise ProvisionError(
                f"the topic {topic.name} has {found} partitions and the settings ask for {topic.partitions}: "
                f"set FLOWSERVE_PARTITIONS and FLOWSERVE_REPLY_PARTITIONS to what exists, or use an empty "
                "cluster. The number is never changed in place, because customers would change partitions"
            )


async def _correct_configs(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    found: dict[str, list[tuple[str, str, int]]] = {}
    for answer in await admin.describe_configs(asked):
        for code, message, _, name, entries in answer.resources:
            if code != 0:
                raise NotYet(f"{name}: {message or for_code(code).__name__}")
            found[name] = [(entry[0], entry[1], entry[3]) for entry in entries]
    for topic in topics:
        if wanted := corrected(topic, found[topic.name]):
            await _alter(admin, topic.name, wanted)


def corrected(topic: Topic, entries: Iterable[tuple[str, str, int]]) -> dict[str, str] | None:
    """The configuration to set, given (name, value, source) of every entry; None where there is no drift.

    Kafka replaces the whole configuration, so what an operator has set besides ours is kept in it.
    """
    entries = list(entries)
    values = {name: value for name, value, _ in entries}
    ours = topic.config()
    drift = {name: values.get(name) for name, value in ours.items() if values.get(name) != value}
    if not drift:
        return None
    logger.warning("topic configuration differs and is corrected", extra={"topic": topic.name, "was": drift})
    return {name: value for name, value, source in entries if source == _SET_ON_TOPIC} | ours


async def _alter(admin: AIOKafkaAdminClient, name: str, wanted: dict[str, str]) -> None:
    for answer in await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, wanted)]):
        for code, message, *_ in answer.resources:
            if code != 0:
                raise ProvisionError(f"Kafka did not change the configuration of {name}: {message}")
