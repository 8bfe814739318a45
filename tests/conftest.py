"""Real parts for all tests: Apache Kafka and PostgreSQL, as the local stack starts them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.kafka import Kafka
from local_stack.parts import start_kafka, start_postgres
from local_stack.postgres import Postgres


@pytest.fixture(scope="session")
def inherited() -> dict[str, str]:
    """The environment that child processes start from."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A Kafka of this module's own, empty at first."""
    folder: Path = tmp_path_factory.mktemp("kafka")
    kafka = start_kafka(folder)
    yield kafka
    kafka.kill()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL of this module's own, empty at first."""
    postgres = start_postgres(tmp_path_factory.mktemp("postgres"))
    yield postgres
    postgres.kill()
    postgres.erase()
