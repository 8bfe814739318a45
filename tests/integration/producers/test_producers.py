"""Other people's Kafka clients, with what the documentation tells them, get the decisions they ask for."""

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from aiokafka import ConsumerRecord
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import Producer

from schemas import topics
from schemas.generate import ASYNCAPI
from tests.integration.producers.examples import ask_and_wait, produce
from tests.support import logs
from tests.support.requests import body
from tests.support.stack import RunningStack
from tests.support.waiting import until

Wire = dict[str, str | bytes | None]

PARTITIONS = topics.DEFAULT_PARTITIONS
MURMUR2 = {"partitioner": "murmur2_random"}
UNUSUAL = [
    "kund-é-日本",
    "kund-e\u0301",
    "ζωή",
    "кіт 7",
    "😀",
    'say "hi" \\ now',
    "  c  ",
    "x" * 128,
    "日" * 128,
]


def customers(run: str) -> list[str]:
    """More than 200 ids of one run, some of them unlike what one expects of an id."""
    return [*UNUSUAL, *(f"{run}-{number}" for number in range(201))]


def partition_of(key: bytes) -> int:
    """Where aiokafka puts a key."""
    numbers = list(range(PARTITIONS))
    chosen: int = DefaultPartitioner()(key, numbers, numbers)
    return chosen


def valid(record: ConsumerRecord, message: str) -> bool:
    """Whether a record's value and headers are what the AsyncAPI document says of a message."""
    document = json.loads(ASYNCAPI.read_text())
    parts = {
        "payload": json.loads(record.value),
        "headers": {name: text.decode() for name, text in record.headers},
    }
    for side, content in parts.items():
        schema = document | {"$ref": f"#/components/messages/{message}/{side}"}
        jsonschema.Draft202012Validator(schema).validate(content)
    return True


async def by_correlation_id(stack: RunningStack, topic: str, partitions: int) -> dict[str, ConsumerRecord]:
    """Every record of a topic that has a correlation id."""
    read = await logs.read_all(stack.kafka.bootstrap, topic, partitions)
    records = [record for chunk in read.values() for record in chunk]
    return {dict(record.headers).get("correlation_id", b"").decode(): record for record in records}


def send(stack: RunningStack, transactions: list[dict[str, Any]], wire: Wire, **config: object) -> list[str]:
    """Sends by librdkafka; correlation ids in order."""
    producer = Producer({"bootstrap.servers": stack.kafka.bootstrap, "enable.idempotence": True, **config})
    sent = []
    for transaction in transactions:
        sent.append(uuid.uuid4().hex)
        key, value = transaction["customer_id"].encode(), json.dumps(transaction).encode()
        producer.produce(topics.REQUESTS, key=key, value=value, headers=wire | {"correlation_id": sent[-1]})
    assert producer.flush(30) == 0
    return sent


async def outcomes(
    stack: RunningStack, sent: list[str], topic: str = topics.PREDICTIONS
) -> list[ConsumerRecord]:
    """What became of them, in their order."""
    found: dict[str, ConsumerRecord] = {}
    partitions = topics.DEFAULT_REPLY_PARTITIONS if topic == topics.REPLIES else PARTITIONS

    async def all_there() -> bool:
        found.update(await by_correlation_id(stack, topic, partitions))
        return found.keys() >= set(sent)

    await until(all_there, f"{len(sent)} records on {topic}", 30)
    return [found[correlation_id] for correlation_id in sent]


@pytest.mark.parametrize("language", ["python", "java", "javascript"])
async def test_a_client_gets_a_decision_for_every_customer(
    language: str, stack: RunningStack, tmp_path: Path
) -> None:
    asked = customers(language)
    answered = produce(language, stack.kafka.bootstrap, asked, tmp_path)
    assert sorted(outcome["customer_id"] for outcome in answered) == sorted(asked)
    assert {outcome["status"] for outcome in answered} == {"scored"}
    ids = {outcome["transaction_id"] for outcome in answered}
    for topic in (topics.REQUESTS, topics.PREDICTIONS):
        read = await logs.read_all(stack.kafka.bootstrap, topic, PARTITIONS)
        ours = [
            entry
            for chunk in read.values()
            for entry in chunk
            if json.loads(entry.value)["transaction_id"] in ids
        ]
        assert len(ours) == len(asked)
        assert [entry for entry in ours if entry.partition != partition_of(entry.key)] == []
        message = "transaction" if topic == topics.REQUESTS else "prediction"
        assert all(valid(entry, message) for entry in ours)


async def test_what_a_client_reads_on_kafka_is_what_the_api_shows(
    stack: RunningStack, tmp_path: Path
) -> None:
    (outcome,) = produce("python", stack.kafka.bootstrap, ["c-both-doors"], tmp_path)
    stored: list[httpx.Response] = []

    async def is_stored() -> bool:
        async with stack.client() as client:
            stored.append(await client.get(f"/api/v1/predictions/{outcome['prediction_id']}"))
        return stored[-1].status_code == 200

    await until(is_stored, "the prediction is stored")
    assert stored[-1].json() == outcome
    assert outcome["source"] == "kafka"


async def test_librdkafkas_own_partitioner_is_refused_with_the_cure(stack: RunningStack) -> None:
    transactions = [body(customer_id=f"spread-{number}") for number in range(60)]
    found = await outcomes(stack, send(stack, transactions, {}))
    right = [partition_of(entry["customer_id"].encode()) for entry in transactions]
    wrong = [record for record, partition in zip(found, right, strict=True) if record.partition != partition]
    refused = [record for record in found if dict(record.headers)["status"] == b"rejected"]
    assert refused
    assert refused == wrong
    for record in refused:
        problem = json.loads(record.value)["problem"]
        assert valid(record, "rejected")
        assert problem["code"] == "wrong_partition"
        assert "partitioner=murmur2_random" in problem["detail"]


async def test_a_refused_record_is_kept_with_the_reason(stack: RunningStack) -> None:
    (sent,) = send(stack, [body(customer_id="c-refused", currency="XXX")], {}, **MURMUR2)
    (outcome,) = await outcomes(stack, [sent])
    (kept,) = await outcomes(stack, [sent], topics.DEAD_LETTERS)
    assert json.loads(outcome.value)["problem"]["code"] == "unsupported_currency"
    assert dict(kept.headers)["dlq_error_code"] == b"unsupported_currency"
    assert valid(kept, "deadLetter")


async def test_a_rejected_request_may_be_mended_under_its_id(stack: RunningStack) -> None:
    transaction = body(customer_id="c-mended")
    sent = send(stack, [transaction | {"currency": "XXX"}, transaction], {}, **MURMUR2)
    found = await outcomes(stack, sent)
    assert [dict(record.headers)["status"] for record in found] == [b"rejected", b"scored"]


def test_an_answer_that_headers_ask_for_arrives_on_the_replies(stack: RunningStack) -> None:
    status, prediction = ask_and_wait(stack.kafka.bootstrap, "kund-é-日本")
    assert (status, prediction["status"], prediction["customer_id"]) == ("scored", "scored", "kund-é-日本")


async def test_a_repeat_is_replied_with_the_first_answer_and_a_conflict_with_a_problem(
    stack: RunningStack,
) -> None:
    first = body(customer_id="c-again")
    sent = send(stack, [first, first, first | {"amount": 7}], {"reply_partition": "3"}, **MURMUR2)
    replies = await outcomes(stack, sent, topics.REPLIES)
    assert [dict(reply.headers)["status"] for reply in replies] == [b"scored", b"duplicate", b"rejected"]
    assert {reply.partition for reply in replies} == {3}
    assert replies[0].value == replies[1].value
    assert valid(replies[1], "predictionReply")
    assert valid(replies[2], "problemReply")
    assert json.loads(replies[2].value)["code"] == "idempotency_conflict"
    decided = await outcomes(stack, sent)
    assert valid(decided[1], "duplicate")
    assert decided[0].value == replies[0].value


async def test_past_its_deadline_a_request_is_decided_and_not_replied(stack: RunningStack) -> None:
    late = send(stack, [body(customer_id="c-late")], {"reply_partition": "3", "deadline": "1"}, **MURMUR2)
    prompt = send(stack, [body(customer_id="c-late")], {"reply_partition": "3"}, **MURMUR2)
    await outcomes(
        stack, prompt, topics.REPLIES
    )  # the same partition of requests: it comes after the late one
    replied = await by_correlation_id(stack, topics.REPLIES, topics.DEFAULT_REPLY_PARTITIONS)
    assert late[0] not in replied
    (outcome,) = await outcomes(stack, late)
    assert dict(outcome.headers)["status"] == b"scored"


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_requests_may_be_compressed(codec: str, stack: RunningStack) -> None:
    transactions = [body(customer_id="c-packed") for _ in range(20)]
    config = {**MURMUR2, "compression.type": codec, "linger.ms": 50}
    found = await outcomes(stack, send(stack, transactions, {}, **config))
    assert {dict(record.headers)["status"] for record in found} == {b"scored"}
