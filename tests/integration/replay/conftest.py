"""A database that has every table and nothing in it, and the replay as a process."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from stream_processor.provision.connection import Connection
from stream_processor.provision.database import migrate
from stream_processor.provision.migrations import read_migrations
from tests.support.containers import Database

Replay = subprocess.Popen[str]
StartReplay = Callable[..., Replay]


@pytest.fixture
def pg(monkeypatch: pytest.MonkeyPatch, database: Database) -> dict[str, str]:
    """The PG* variables of a server, also in our own environment, where asyncpg looks."""
    for name, value in database.environment().items():
        monkeypatch.setenv(name, value)
    return database.environment()


@pytest.fixture
async def tables(pg: dict[str, str]) -> AsyncIterator[Connection]:
    """A connection to a database that has all tables, without runs."""
    connection = await asyncpg.connect()
    await migrate(connection, read_migrations())
    await connection.execute("truncate replays cascade")
    yield connection
    await connection.close()


@pytest.fixture
def start_replay(inherited: dict[str, str], tmp_path: Path) -> Iterator[StartReplay]:
    """Starts `flowserve replay`; the environment may be added to. All of them end with the test."""
    started: list[Replay] = []
    environment = {**inherited, "FLOWSERVE_MODELS_DIR": str(Path("ml/models").absolute())}

    def start(*words: object, **added: str) -> Replay:
        command = [sys.executable, "-m", "cli", "replay", *map(str, words)]
        log = (tmp_path / f"replay-{len(started)}.log").open("w")
        process = subprocess.Popen(command, env=environment | added, text=True, stdout=log, stderr=log)
        log.close()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
