"""A broker and a database that served one module, made empty for the next: quicker than new ones."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas.kafka_ends import started
from tests.support.connecting import connect
from tests.support.containers import Broker, Database
from tests.support.waiting import until

_log = logging.getLogger(__name__)
# A second or two on an idle machine.
_SECONDS = 180
# A client that met the broker too early may not look for it again for as long as its request may take.
_REQUEST_SECONDS = 5


def empty_broker(broker: Broker) -> None:
    """It runs, and no topic is left but Kafka's own, and no group of consumers."""
    broker.start()
    _run(_emptied(broker.bootstrap))


def empty_database(database: Database) -> None:
    """It runs, nobody is connected, and there is no table."""
    database.start()
    _run(_without_tables(database.environment()))


def _run(work: Coroutine[None, None, None]) -> None:
    """In a thread, as a test that asks for a fixture in its middle has a running loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _emptied(bootstrap: str) -> None:
    """A broker that was killed or hung before is back for clients a while before it is for groups."""

    async def emptied() -> bool:
        try:
            await _without_topics_and_members(bootstrap)
            await asyncio.to_thread(_without_groups, bootstrap)
        except (KafkaError, KafkaException):
            _log.warning("The broker cannot be emptied yet.", exc_info=True)
            return False
        return True

    await until(emptied, "the broker is empty", _SECONDS)


def _without_groups(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    listed = admin.list_consumer_groups(request_timeout=_REQUEST_SECONDS)
    groups = [group.group_id for group in listed.result().valid]
    if groups:
        for deleted in admin.delete_consumer_groups(groups, request_timeout=_REQUEST_SECONDS).values():
            deleted.result()


async def _without_topics_and_members(bootstrap: str) -> None:
    async with started(AIOKafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        for group, _ in await admin.list_consumer_groups():
            await _without_members(admin, group)
        if theirs := await _topics(admin):
            await admin.delete_topics(theirs)

            async def gone() -> bool:
                return not await _topics(admin)

            await until(gone, "the broker has no topics", _SECONDS)


async def _topics(admin: AIOKafkaAdminClient) -> list[str]:
    return [name for name in await admin.list_topics() if not name.startswith("__")]


async def _without_members(admin: AIOKafkaAdminClient, group: str) -> None:
    """One that was killed stays for as long as its session, and a group with members cannot be deleted."""
    coordinator = await admin.find_coordinator(group)
    (description,) = await admin.describe_consumer_groups([group], coordinator)
    for member_id, *_ in description.groups[0][5]:
        await admin._send_request(LeaveGroupRequest(group, member_id), coordinator)


async def _without_tables(environment: Mapping[str, str]) -> None:
    connection = await connect(environment)
    try:
        await connection.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity "
            "where usename = current_user and pid <> pg_backend_pid()"
        )
        await connection.execute("drop schema if exists public cascade; create schema public")
    finally:
        await connection.close()
