"""A producer that is given up tells those who wait for receipts, and nobody else."""

import asyncio
import gc
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError, ProducerClosed

from schemas.kafka_ends import end_producer, started

HERE = TopicPartition("requests", 0)


async def with_a_record() -> tuple[AIOKafkaProducer, asyncio.Future[Any]]:
    producer = AIOKafkaProducer(enable_idempotence=True)
    producer._txn_manager.set_pid_and_epoch(1, 0)
    return producer, await producer._message_accumulator.add_message(HERE, b"key", b"value", 1)


@pytest.mark.parametrize("left", ["unsent", "on its way", "to be sent again"])
async def test_a_receipt_ends_and_the_loop_has_nothing_to_complain_of(left: str) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
    producer, receipt = await with_a_record()
    if left != "unsent":
        batch = producer._message_accumulator._pop_batch(HERE)
        if left == "to be sent again":
            producer._message_accumulator.reenqueue(batch)
        del batch
    await end_producer(producer)
    with pytest.raises(ProducerClosed):
        await receipt
    del producer, receipt
    await asyncio.sleep(0)
    gc.collect()
    assert complaints == []


async def test_a_producer_that_never_reached_a_broker_is_ended_too() -> None:
    producer = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1", enable_idempotence=True)
    with pytest.raises(KafkaConnectionError):
        async with started(producer):
            raise AssertionError("nobody listens there")
