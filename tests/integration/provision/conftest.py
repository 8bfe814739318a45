"""A broker and a server that are empty at first, and provisioning as a process."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from stream_processor.provision.connection import Connection

PARTITIONS = 3

Run = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def database(monkeypatch: pytest.MonkeyPatch, postgres: dict[str, str]) -> AsyncIterator[Connection]:
    """A connection to a database without any table."""
    for name, value in postgres.items():
        monkeypatch.setenv(name, value)
    connection = await asyncpg.connect()
    await connection.execute("drop owned by current_user cascade; create schema if not exists public")
    yield connection
    await connection.close()


@pytest.fixture
def run(kafka: str, postgres: dict[str, str]) -> Run:
    """Runs a module to its end: exit code, standard output, standard error. `environment` goes on top."""

    async def finished(*arguments: str, **environment: str) -> tuple[int, str, str]:
        settings = {"FLOWSERVE_KAFKA_BOOTSTRAP": kafka, "FLOWSERVE_PARTITIONS": str(PARTITIONS)}
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            env={**os.environ, **postgres, **settings, **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await asyncio.wait_for(child.communicate(), 60)
        return child.returncode or 0, output.decode(), errors.decode()

    return finished
