"""Provisioning as a process, on a real Kafka and a real PostgreSQL."""

import asyncio
import json

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas import topics
from stream_processor.provision.connection import Connection
from stream_processor.provision.migrations import read_migrations
from tests.integration.provision.conftest import PARTITIONS, Run

PROVISION = "stream_processor.provision"
TOPICS = topics.all_topics(PARTITIONS)


async def admin_of(kafka: str) -> AIOKafkaAdminClient:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    return admin


async def config_of(kafka: str, topic: str) -> dict[str, str]:
    admin = await admin_of(kafka)
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    return {entry[0]: entry[1] for entry in answers[0].resources[0][4]}


async def test_everything_is_there_after_one_run_and_the_same_after_the_next(
    kafka: str, database: Connection, run: Run
) -> None:
    for _ in range(2):
        code, output, _ = await run(PROVISION)
        assert code == 0, output
    admin = await admin_of(kafka)
    found = {
        entry["topic"]: len(entry["partitions"])
        for entry in await admin.describe_topics([topic.name for topic in TOPICS])
    }
    await admin.close()
    assert found == {topic.name: topic.partitions for topic in TOPICS}
    for topic in TOPICS:
        assert topic.config().items() <= (await config_of(kafka, topic.name)).items()
    applied = await database.fetch("select version, sha256 from schema_migrations order by version")
    assert [tuple(row) for row in applied] == [(one.version, one.sha256) for one in read_migrations()]
    for table in ("requests", "predictions"):
        parts = await database.fetchval("select count(*) from pg_partition_tree($1) where isleaf", table)
        assert parts == 12 + 1


async def test_three_at_once_are_safe(database: Connection, run: Run) -> None:
    ends = await asyncio.gather(*(run(PROVISION) for _ in range(3)))
    assert [code for code, *_ in ends] == [0, 0, 0], ends
    assert await database.fetchval("select count(*) from schema_migrations") == len(read_migrations())


async def test_another_partition_count_is_refused_and_nothing_is_changed(
    kafka: str, database: Connection, run: Run
) -> None:
    await run(PROVISION)
    code, output, _ = await run(PROVISION, FLOWSERVE_PARTITIONS=str(PARTITIONS + 1))
    assert code == 1
    assert "has 3 partitions and the settings ask for 4: set FLOWSERVE_PARTITIONS" in output
    admin = await admin_of(kafka)
    [entry] = await admin.describe_topics([topics.REQUESTS])
    await admin.close()
    assert len(entry["partitions"]) == PARTITIONS


async def test_a_drifted_configuration_is_corrected_and_an_operators_own_entry_stays(
    kafka: str, database: Connection, run: Run
) -> None:
    await run(PROVISION)
    admin = await admin_of(kafka)
    drift = {"retention.ms": "1000", "message.timestamp.type": "CreateTime", "flush.messages": "123"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topics.REPLIES, drift)])
    await admin.close()
    code, output, _ = await run(PROVISION)
    assert code == 0
    assert "topic configuration differs and is corrected" in output
    config = await config_of(kafka, topics.REPLIES)
    wanted = next(topic for topic in TOPICS if topic.name == topics.REPLIES).config()
    assert {**wanted, "flush.messages": "123"}.items() <= config.items()


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(
    database: Connection, run: Run
) -> None:
    await run(PROVISION)
    await database.execute("update schema_migrations set sha256 = 'x' where version = 1")
    code, output, _ = await run(PROVISION)
    assert code == 1
    assert "0001_initial.sql was changed after it had been applied" in output


async def test_servers_that_do_not_answer_are_waited_for_and_then_named(run: Run) -> None:
    bound = {"FLOWSERVE_PROVISION_WAIT_SECONDS": "1"}
    code, output, _ = await run(PROVISION, FLOWSERVE_KAFKA_BOOTSTRAP="127.0.0.1:1", **bound)
    assert code == 1
    assert "Kafka at 127.0.0.1:1 was not ready within 1 s" in output
    code, output, _ = await run(PROVISION, PGPORT="1", **bound)
    assert code == 1
    assert "PostgreSQL was not ready within 1 s" in output


async def test_rows_of_a_day_without_a_partition_lie_in_the_default_and_hinder_nothing(
    database: Connection, run: Run
) -> None:
    await run(PROVISION)
    today = await database.fetchval("select (now() at time zone 'UTC')::date")
    await database.execute(f"drop table requests_{today:%Y_%m_%d}")
    await database.execute(
        "insert into requests (day, source_topic, source_partition, source_offset, client_id, request_id, "
        "source, received_at) values ($1, 't', 0, 0, 'c', gen_random_uuid(), 'rest', now())",
        today,
    )
    code, output, _ = await run(PROVISION)
    assert code == 0
    assert "its rows go to the default partition" in output
    assert await database.fetchval("select tableoid::regclass::text from requests") == "requests_default"


async def test_keys_are_created_listed_and_revoked(database: Connection, run: Run) -> None:
    await run(PROVISION)
    code, output, _ = await run("cli", "keys", "create", "--client", "acme", "--name", "checkout")
    assert code == 0
    key = output.strip()
    row = await database.fetchrow(
        "select *, key_hash = sha256($1::bytea) as same from api_keys", key.encode()
    )
    assert row is not None
    assert (row["same"], row["client_id"], row["scopes"]) == (True, "acme", ["predict", "read", "feedback"])
    assert key not in str(dict(row))
    code, output, _ = await run("cli", "keys", "list")
    assert row["key_id"] in output
    assert key not in output
    assert (await run("cli", "keys", "revoke", row["key_id"]))[0] == 0
    revoked_at = await database.fetchval("select revoked_at from api_keys")
    assert revoked_at is not None
    assert (await run("cli", "keys", "revoke", row["key_id"]))[0] == 0
    assert await database.fetchval("select revoked_at from api_keys") == revoked_at


async def test_the_key_command_says_what_is_wrong(database: Connection, run: Run) -> None:
    code, _, errors = await run("cli", "keys", "list")
    assert (code, "stream_processor.provision" in errors) == (1, True)
    await run(PROVISION)
    code, _, errors = await run("cli", "keys", "revoke", "nope")
    assert (code, "there is no key nope" in errors) == (3, True)
    code, _, errors = await run("cli", "keys", "list", PGPORT="1")
    assert (code, "the database cannot be reached" in errors) == (1, True)
    code, _, errors = await run("cli", "keys", "create", "--client", "a", "--name", "b", "--scopes", "root")
    assert (code, "there is no scope 'root'" in errors) == (2, True)


async def test_clients_with_keys_are_listed_and_who_was_removed_stays_removed(
    database: Connection, run: Run
) -> None:
    await run(PROVISION)
    for client in ("old-bank", "older-bank"):
        await database.execute(
            "insert into api_keys (key_id, client_id, name, key_hash, scopes) "
            "values ($1, $1, 'before there was a list', $1::text::bytea, '{predict}')",
            client,
        )
    assert (await run("cli", "clients", "add", "older-bank"))[0] == 0
    assert (await run("cli", "clients", "remove", "older-bank"))[0] == 0
    assert (await run(PROVISION))[0] == 0
    code, output, _ = await run("cli", "clients", "list", "--json")
    states = {row["client_id"]: row["state"] for row in json.loads(output)}
    assert code == 0
    assert (states["old-bank"], states["older-bank"], states["default"]) == ("active", "removed", "active")


async def test_no_key_is_made_where_its_client_cannot_be_listed(database: Connection, run: Run) -> None:
    await run(PROVISION)
    code, output, errors = await run(
        "cli", "keys", "create", "--client", "a", "--name", "b", FLOWSERVE_KAFKA_BOOTSTRAP="127.0.0.1:1"
    )
    assert (code, output) == (1, "")
    assert "no key was made" in errors
    assert await database.fetchval("select count(*) from api_keys") == 0
