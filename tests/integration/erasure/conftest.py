"""The module's Kafka and PostgreSQL, provisioned by the real command."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from stream_processor.provision.connection import Connection
from tests.support.containers import Broker, Database

PARTITIONS = 3

Provision = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def provision(broker: Broker, database: Database) -> Provision:
    """Provisions with FLOWSERVE_* settings in lower case; exit code and output."""

    async def run(**settings: str) -> tuple[int, str]:
        given = {
            "FLOWSERVE_KAFKA_BOOTSTRAP": broker.bootstrap,
            "FLOWSERVE_PARTITIONS": str(PARTITIONS),
            **{f"FLOWSERVE_{name.upper()}": value for name, value in settings.items()},
        }
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "stream_processor.provision",
            env={**os.environ, **database.environment(), **given},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(child.communicate(), 60)
        return child.returncode or 0, output.decode()

    return run


@pytest.fixture
async def tables(
    database: Database, provision: Provision, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connection]:
    """A connection to a database that has all tables, empty; its topics are there, too."""
    for name, value in database.environment().items():
        monkeypatch.setenv(name, value)
    code, output = await provision()
    assert code == 0, output
    connection = await asyncpg.connect()
    await connection.execute(
        "truncate requests, predictions, feedback, dead_letters, redrives, sink_offsets, replays cascade"
    )
    yield connection
    await connection.close()
