"""Real parts for the sink's tests, a database that is empty before each, and the sink as a process."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from local_stack.process import Process
from schemas import topics
from stream_processor.provision.connection import Connection
from stream_processor.provision.database import migrate
from stream_processor.provision.errors import NotYet
from stream_processor.provision.migrations import read_migrations
from stream_processor.provision.topics import provision_topics
from stream_processor.provision.waiting import wait_for
from tests.integration.sink import wire
from tests.integration.sink.one_sink import PREDICTIONS, REQUESTS, Sink

PARTITIONS = 3

StartSink = Callable[..., Process]
Put = Callable[[str, Iterable[tuple[int, wire.Wire]]], Awaitable[list[int]]]


@pytest.fixture
def pg(monkeypatch: pytest.MonkeyPatch, postgres: dict[str, str]) -> dict[str, str]:
    """The same, also in our own environment, where asyncpg looks."""
    for name, value in postgres.items():
        monkeypatch.setenv(name, value)
    return postgres


@pytest.fixture
async def database(pg: dict[str, str]) -> AsyncIterator[Connection]:
    """A connection to a database that has all tables, empty."""
    connection = await asyncpg.connect()
    await migrate(connection, read_migrations())
    await connection.execute(
        "truncate requests, predictions, feedback, dead_letters, redrives, sink_offsets, api_keys"
    )
    yield connection
    await connection.close()


@pytest.fixture
def start_sink(kafka: str, pg: dict[str, str], tmp_path: Path) -> Iterator[StartSink]:
    """Starts sinks; `settings` are FLOWSERVE_* names in lower case. All of them end with the test."""
    started: list[Process] = []

    def start(**settings: str) -> Process:
        environment = {
            **os.environ,
            **pg,
            "FLOWSERVE_KAFKA_BOOTSTRAP": kafka,
            "FLOWSERVE_SINK_REPORT_SECONDS": "1",
            **{f"FLOWSERVE_{name.upper()}": value for name, value in settings.items()},
        }
        name = f"sink-{len(started)}"
        process = Process(
            name, [sys.executable, "-m", "stream_processor.sink"], environment, tmp_path / f"{name}.log"
        )
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop()  # not killed: the group would wait for it in the next test


@pytest.fixture
async def put(kafka: str) -> AsyncIterator[Put]:
    """Sends (partition, record) pairs and says at which offsets they are, once all are acknowledged."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        made = partial(provision_topics, admin, topics.all_topics(PARTITIONS), 1)
        await wait_for("the topics", made, (NotYet,), 120)
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=2)
    await producer.start()

    async def send(topic: str, records: Iterable[tuple[int, wire.Wire]]) -> list[int]:
        waiting = [
            await producer.send(topic, value, key=key, headers=headers, partition=partition)
            for partition, (key, value, headers) in records
        ]
        return [receipt.offset for receipt in await asyncio.gather(*waiting)]

    yield send
    await producer.stop()


@pytest.fixture
async def sink(database: Connection) -> AsyncIterator[Sink]:
    """A store that knows where it stands."""
    one = Sink()
    await one.store.offsets({PREDICTIONS: 0, REQUESTS: 0})
    yield one
    one.store.drop()
