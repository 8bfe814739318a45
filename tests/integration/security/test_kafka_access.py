"""Every principal tries every act that it has no rule for, and who does not know the words is kept out."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAuthorizationFailedError
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from schemas.database_roles import READER
from schemas.kafka_access import OPERATOR, PROVISION, RULES, SCORER, SINK, VIEWER, producer_rules
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_topics import partition_counts
from schemas.topics import REQUESTS, SCORER_GROUP, SINK_GROUP, all_topics
from stream_processor.scorer.prove import NotAllowed, check_group
from tests.support.security.broker import PRINCIPALS, PRODUCER, SecuredKafka
from tests.support.security.certificates import Authority
from tests.support.security.database import SecuredPostgres

TOPICS = tuple(topic.name for topic in all_topics())
GROUPS = (SCORER_GROUP, SINK_GROUP)
_TOPIC_REFUSED = 29
_SECONDS = 20

pytestmark = pytest.mark.usefixtures("stack")


def may(principal: str, operation: str, resource: str, name: str) -> bool:
    rules = [*RULES, *producer_rules(PRODUCER)]
    return any(
        rule.principal == principal
        and rule.resource == resource
        and operation in rule.operations
        and (rule.name == name or (rule.prefixed and name.startswith(rule.name)))
        for rule in rules
    )


@asynccontextmanager
async def started(client: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - aiokafka has no types
    try:
        await client.start()
        yield client
    finally:
        await asyncio.sleep(0)  # aiokafka cannot stop a consumer whose own tasks have not begun yet
        await client.stop()


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_a_principal_writes_only_where_it_must(kafka: SecuredKafka, principal: str) -> None:
    forbidden = [topic for topic in TOPICS if not may(principal, "Write", "topic", topic)]
    assert forbidden
    async with started(AIOKafkaProducer(**kafka_arguments(kafka.settings(principal)))) as producer:
        for topic in forbidden:
            with pytest.raises(TopicAuthorizationFailedError):
                await asyncio.wait_for(producer.send_and_wait(topic, b"forged"), _SECONDS)


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_a_principal_reads_only_what_it_must(kafka: SecuredKafka, principal: str) -> None:
    settings = kafka.settings(principal)
    forbidden = [topic for topic in TOPICS if not may(principal, "Read", "topic", topic)]
    visible = await partition_counts(settings)  # of others it does not learn that they exist
    async with started(
        AIOKafkaConsumer(**kafka_arguments(settings), auto_offset_reset="earliest")
    ) as consumer:
        for topic in [topic for topic in forbidden if topic in visible]:
            consumer.assign([TopicPartition(topic, 0)])
            with pytest.raises(TopicAuthorizationFailedError):
                await asyncio.wait_for(consumer.getone(), _SECONDS)


def joining(kafka: SecuredKafka, principal: str, group: str) -> KafkaError | None:
    member = Consumer({**kafka.librdkafka(principal), "group.id": group})
    member.subscribe([REQUESTS])
    try:
        message = member.poll(_SECONDS)
        return None if message is None else message.error()
    finally:
        member.close()


@pytest.mark.parametrize("principal", PRINCIPALS)
def test_a_principal_joins_no_group_but_its_own(kafka: SecuredKafka, principal: str) -> None:
    for group in [group for group in GROUPS if not may(principal, "Read", "group", group)]:
        error = joining(kafka, principal, group)
        assert error is not None
        assert error.code() in (
            KafkaError.GROUP_AUTHORIZATION_FAILED,
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
        )


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_nobody_makes_or_changes_topics_but_provisioning(kafka: SecuredKafka, principal: str) -> None:
    admin = AIOKafkaAdminClient(**kafka_arguments(kafka.settings(principal)))
    await admin.start()
    try:
        made = await admin.create_topics([NewTopic("foreign.topic", 1, 1)])
        assert [code for _, code, _ in made.topic_errors] == [_TOPIC_REFUSED]
        gone = await admin.delete_topics([REQUESTS])
        assert [code for _, code in gone.topic_error_codes] == [_TOPIC_REFUSED]
        if principal != PROVISION:
            ours = await admin.create_topics([NewTopic("flowserve.mine", 1, 1)])
            assert [code for _, code, _ in ours.topic_errors] == [_TOPIC_REFUSED]
    finally:
        await admin.close()


@pytest.mark.parametrize("principal", PRINCIPALS)
def test_nobody_may_hold_a_transaction_open(kafka: SecuredKafka, principal: str) -> None:
    """An open transaction would hold up every reader of committed records."""
    producer = Producer({**kafka.librdkafka(principal), "transactional.id": "mine"})
    with pytest.raises(KafkaException) as refusal:
        producer.init_transactions(_SECONDS)
    assert refusal.value.args[0].code() == KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED


async def test_a_scorer_that_may_not_join_its_group_says_so_at_the_start(kafka: SecuredKafka) -> None:
    await check_group(kafka.settings(SCORER))
    with pytest.raises(NotAllowed, match=f"{SINK} may not join the group"):
        await check_group(kafka.settings(SINK))


def listing(kafka: SecuredKafka, **changes: str) -> subprocess.CompletedProcess[str]:
    """`flowserve clients list` with the operator's settings, some of them changed."""
    names = {f"FLOWSERVE_KAFKA_{name}".upper(): value for name, value in changes.items()}
    return subprocess.run(
        [sys.executable, "-m", "cli", "clients", "list"],
        env={**kafka.environment(OPERATOR), **names},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_who_may_only_look_gets_a_whole_answer_of_the_doctor(
    kafka: SecuredKafka, postgres: SecuredPostgres
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "doctor", "--json"],
        env={**kafka.environment(VIEWER), **postgres.environment(READER)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    checks = {check["part"]: check["state"] for check in json.loads(done.stdout)}
    assert {part for part, state in checks.items() if state == "bad"} <= {"api", "model"}
    assert {"kafka", "topics", "postgresql", "schema"} <= checks.keys()


def test_with_name_password_and_authority_the_door_is_open(kafka: SecuredKafka) -> None:
    assert listing(kafka).returncode == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"sasl_password": "guess"},
        {"sasl_username": "nobody"},
        {"bootstrap": "127.0.0.1:{port}"},  # which is not the name in the certificate
        {"ssl_ca_file": "{foreign}"},
        {"security_protocol": "PLAINTEXT", "sasl_username": "", "sasl_password": "", "ssl_ca_file": ""},
    ],
    ids=["password", "name", "host", "authority", "plaintext"],
)
def test_one_wrong_word_and_the_door_stays_shut(
    kafka: SecuredKafka, tmp_path: Path, changes: dict[str, str]
) -> None:
    foreign = str(Authority(tmp_path).ca_file)
    port = kafka.bootstrap.rpartition(":")[2]
    done = listing(kafka, **{name: text.format(port=port, foreign=foreign) for name, text in changes.items()})
    assert done.returncode == 1
    assert "Kafka did not do it" in done.stderr
    assert kafka.passwords[OPERATOR] not in done.stderr
