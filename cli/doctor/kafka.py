"""Kafka: reachable, its topics as provisioning makes them, and how far the scorers are behind."""

import time
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from cli.doctor.check import Check
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.settings import ProcessSettings
from schemas.topics import REQUESTS, SCORER_GROUP, all_topics

PROVISION = "run `python -m stream_processor.provision`"
REACH = "is it running (`flowserve up`, `docker compose ps`), and is FLOWSERVE_KAFKA_BOOTSTRAP right?"
_FAR_BEHIND = 1_000
_STAMPED = "message.timestamp.type"


async def look_at_kafka(settings: ProcessSettings) -> list[Check]:
    """Raises what aiokafka raises where no broker answers."""
    async with started(AIOKafkaAdminClient(**kafka_arguments(settings), request_timeout_ms=5_000)) as admin:
        described = await admin.describe_topics()
        counts = {each["topic"]: len(each["partitions"]) for each in described if not each["error_code"]}
        checks = [Check("kafka", "ok", f"{settings.kafka_bootstrap} answers")]
        checks += topic_checks(counts, settings)
        if REQUESTS not in counts:
            return checks
        checks.append(stamp_check(await _stamp(admin)))
        checks.append(await _group(admin))
        commits = await admin.list_consumer_group_offsets(SCORER_GROUP)
        done = {place.partition: at.offset for place, at in commits.items() if place.topic == REQUESTS}
        checks.append(await _lag(settings, counts[REQUESTS], done))
        return checks


def topic_checks(counts: dict[str, int], settings: ProcessSettings) -> list[Check]:
    """All topics there, with the partitions that the settings say."""
    wanted = {
        topic.name: topic.partitions for topic in all_topics(settings.partitions, settings.reply_partitions)
    }
    missing = sorted(wanted.keys() - counts.keys())
    if missing:
        return [Check("topics", "bad", f"missing: {', '.join(missing)}", PROVISION)]
    wrong = [
        f"{name} has {counts[name]}, not {count}" for name, count in wanted.items() if counts[name] != count
    ]
    if wrong:
        todo = "set FLOWSERVE_PARTITIONS and FLOWSERVE_REPLY_PARTITIONS to what is there: counts never change"
        return [Check("topics", "bad", "; ".join(wrong), todo)]
    return [Check("topics", "ok", f"{len(wanted)} topics, {counts[REQUESTS]} partitions of requests")]


def stamp_check(stamp: str | None) -> Check:
    """The broker's clock must stamp every record."""
    if stamp == "LogAppendTime":
        return Check("timestamps", "ok", "the broker stamps requests")
    return Check("timestamps", "bad", f"{REQUESTS} has {_STAMPED}={stamp}, not LogAppendTime", PROVISION)


async def _stamp(admin: AIOKafkaAdminClient) -> str | None:
    found = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, REQUESTS)])
    for response in found:
        for resource in response.resources:
            for entry in resource[4]:
                if entry[0] == _STAMPED:
                    return str(entry[1])
    return None


async def _group(admin: AIOKafkaAdminClient) -> Check:
    (described,) = await admin.describe_consumer_groups([SCORER_GROUP])
    group = described.groups[0]
    state, members = group[2], len(group[5])
    if members:
        return Check("scorers", "ok" if state == "Stable" else "look", f"{members} in the group, {state}")
    todo = "start one: `python -m stream_processor.scorer worker`; see its log if it ends"
    return Check("scorers", "bad", "none is running: requests wait", todo)


async def _lag(settings: ProcessSettings, partitions: int, done: dict[int, int]) -> Check:
    places = [TopicPartition(REQUESTS, number) for number in range(partitions)]
    async with started(AIOKafkaConsumer(**kafka_arguments(settings), request_timeout_ms=5_000)) as consumer:
        starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    behind = sum(max(0, ends[place] - max(starts[place], done.get(place.partition, 0))) for place in places)
    if behind <= _FAR_BEHIND:
        return Check("scorer lag", "ok", f"{behind:,} requests behind")
    now = datetime.fromtimestamp(time.time(), UTC).strftime("%H:%M:%S")
    todo = "look again: if it grows, start more scorers; if it stands still, see the scorer's log"
    return Check("scorer lag", "look", f"{behind:,} requests behind at {now} UTC", todo)
