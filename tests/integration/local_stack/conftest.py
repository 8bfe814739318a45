"""A broker and a server for the tests of the local stack, each of this package's own."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_stack.kafka import Kafka
from local_stack.parts import start_kafka, start_postgres
from local_stack.postgres import Postgres
from local_stack.process import Process

Script = Callable[[str], Process]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    broker = start_kafka(tmp_path_factory.mktemp("kafka"))
    yield broker
    broker.kill()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = start_postgres(tmp_path)
    yield server
    server.erase()


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    """Makes a process out of a few lines of Python; whatever still runs at the end is killed."""
    made: list[Process] = []

    def make(text: str) -> Process:
        name = f"script-{len(made)}"
        command = [sys.executable, "-S", "-u", "-c", text]
        made.append(Process(name, command, {}, tmp_path / f"{name}.log", pid_file=tmp_path / f"{name}.pid"))
        return made[-1]

    yield make
    for process in made:
        process.kill()
