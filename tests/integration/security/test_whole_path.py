"""From a call to its row, and from a direct producer to its answer, with TLS and a name at every step."""

import json

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas.kafka_clients import kafka_arguments
from schemas.topics import FEEDBACK, PREDICTIONS, REQUESTS
from tests.support import requests
from tests.support.security.broker import PRODUCER, SecuredKafka
from tests.support.security.stack import SecuredStack


async def test_a_call_is_answered_and_its_row_is_equal(client: httpx.AsyncClient) -> None:
    await requests.answers_at_once(client)
    answer = await client.post("/api/v1/predict", json=requests.body())
    stored = await requests.row(client, answer.json()["prediction_id"])
    assert stored.content == answer.content


@pytest.mark.usefixtures("stack")
async def test_a_direct_producer_gets_its_answer(kafka: SecuredKafka) -> None:
    body = requests.body()
    kafka_of_the_bank = kafka_arguments(kafka.settings(PRODUCER))
    consumer = AIOKafkaConsumer(
        PREDICTIONS, **kafka_of_the_bank, group_id=f"{PRODUCER}.tests", auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(**kafka_of_the_bank, acks="all", enable_idempotence=True)
    await consumer.start()
    await producer.start()
    try:
        key = body["customer_id"].encode()
        await producer.send_and_wait(REQUESTS, json.dumps(body).encode(), key=key)
        report = {name: body[name] for name in ("transaction_id", "customer_id")} | {"is_fraud": True}
        await producer.send_and_wait(FEEDBACK, json.dumps(report).encode(), key=key)
        async for record in consumer:
            if json.loads(record.value)["transaction_id"] == body["transaction_id"]:
                break
    finally:
        await producer.stop()
        await consumer.stop()


async def test_every_process_is_well_and_says_nothing_of_its_passwords(
    stack: SecuredStack, client: httpx.AsyncClient
) -> None:
    readiness = (await client.get("/health/ready")).json()
    assert readiness["status"] == "ready", readiness
    written = "".join(process.log.read_text() for process in stack.processes())
    for password in stack.secrets():
        assert password not in written
