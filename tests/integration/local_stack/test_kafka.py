"""The real broker: what survives, what is reported, who disturbs whom."""

import asyncio
import socket
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from local_stack.errors import PartFailed
from local_stack.kafka import Kafka, answers
from local_stack.parts import build_kafka, start_kafka

RECORDS = [b"%d" % number for number in range(200)]


async def write(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    for record in RECORDS:
        await producer.send(topic, record)
    await producer.stop()


async def read(bootstrap: str, topic: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    end = (await consumer.end_offsets([partition]))[partition]
    records: list[bytes] = []
    async with asyncio.timeout(10):
        while len(records) < end:
            records.append((await consumer.getone()).value)
    await consumer.stop()
    return records


async def test_records_and_port_survive_a_kill_and_a_stop(kafka: Kafka) -> None:
    address = kafka.bootstrap
    await write(address, "survivors")
    kafka.kill()
    assert not answers(address)
    kafka.start()
    assert await read(address, "survivors") == RECORDS
    kafka.stop()
    assert not kafka.alive
    kafka.start()
    assert kafka.bootstrap == address
    assert await read(address, "survivors") == RECORDS


def test_a_paused_broker_does_not_answer_until_it_goes_on(kafka: Kafka) -> None:
    kafka.pause()
    assert not answers(kafka.bootstrap)
    kafka.resume()
    kafka.wait_ready(20)


async def test_two_data_folders_live_side_by_side(kafka: Kafka, tmp_path: Path) -> None:
    other = start_kafka(tmp_path)
    try:
        await write(other.bootstrap, "only-here")
        assert await read(other.bootstrap, "only-here") == RECORDS
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        assert "only-here" not in await admin.list_topics()
        await admin.close()
    finally:
        other.kill()


def test_a_broker_whose_port_is_taken_fails_with_the_end_of_its_log(tmp_path: Path) -> None:
    broker = build_kafka(tmp_path)
    with socket.create_server(("127.0.0.1", broker.port)), pytest.raises(PartFailed) as failure:
        broker.start()
    assert failure.value.part == "kafka"
    assert "ended with exit code" in failure.value.why
    assert any("Address already in use" in line for line in failure.value.log_tail)
    assert not broker.alive
