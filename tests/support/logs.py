"""The raw Kafka logs, read and written without any code of the product."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.topics import SCORER_GROUP, all_topics


async def create_topics(bootstrap: str, partitions: int) -> None:
    """All topics of the product, empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        wanted = [
            NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config())
            for topic in all_topics(partitions)
        ]
        answer = await admin.create_topics(wanted)
        assert all(code == 0 for _, code, _ in answer.topic_errors), answer.topic_errors
    finally:
        await admin.close()


async def delete_topics(bootstrap: str) -> None:
    """All topics of the product, until the broker has none of them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = {topic.name for topic in all_topics(1)}
        await admin.delete_topics(sorted(names))
        while names & set(await admin.list_topics()):
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def ends(bootstrap: str, topic: str, partitions: int) -> dict[int, int]:
    """The next offset of every partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        tps = [TopicPartition(topic, number) for number in range(partitions)]
        return {tp.partition: offset for tp, offset in (await consumer.end_offsets(tps)).items()}
    finally:
        await consumer.stop()


async def total(bootstrap: str, topic: str, partitions: int) -> int:
    """Records in a topic from which nothing was deleted."""
    return sum((await ends(bootstrap, topic, partitions)).values())


async def committed(bootstrap: str, topic: str, group: str = SCORER_GROUP) -> dict[int, int]:
    """The committed offsets of a group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {tp.partition: entry.offset for tp, entry in offsets.items() if tp.topic == topic}


async def read_all(bootstrap: str, topic: str, partitions: int) -> dict[int, list[ConsumerRecord]]:
    """Every record of a topic by partition, in log order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        tps = [TopicPartition(topic, number) for number in range(partitions)]
        until_offset = await consumer.end_offsets(tps)
        consumer.assign(tps)
        await consumer.seek_to_beginning()
        records: dict[int, list[ConsumerRecord]] = {number: [] for number in range(partitions)}
        while any([await consumer.position(tp) < until_offset[tp] for tp in tps]):
            for tp, chunk in (await consumer.getmany(timeout_ms=1_000)).items():
                records[tp.partition] += chunk
        return records
    finally:
        await consumer.stop()


Message = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


async def produce(
    bootstrap: str, topic: str, messages: Iterable[Message], partition: int | None = None
) -> int:
    """Sends (key, value, headers) and waits until all are acknowledged; says how many."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)
    await producer.start()
    try:
        sent = [
            await producer.send(topic, value, key=key, headers=headers, partition=partition)
            for key, value, headers in messages
        ]
        await asyncio.gather(*sent)
        return len(sent)
    finally:
        await producer.stop()


async def topic_missing(bootstrap: str, topic: str) -> bool:
    """True where the broker does not have the topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return topic not in await admin.list_topics()
    finally:
        await admin.close()
