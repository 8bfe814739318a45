"""Real parts for all tests: Apache Kafka and PostgreSQL, as the local stack starts them or in containers."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from local_stack.parts import start_kafka, start_postgres
from tests.support.containers import Broker, ContainerKafka, ContainerPostgres, Database

# How long one example takes is the machine's business: a busy one would fail tests that are right.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
# The brokers of tests live for a minute: Java's optimizing compiler would cost them more than it brings.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--containers", action="store_true", help="Kafka and PostgreSQL in containers.")


@pytest.fixture(scope="session")
def inherited() -> dict[str, str]:
    """The environment that child processes start from."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))}


@pytest.fixture(scope="module")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Kafka of this module's own, empty at first."""
    if request.config.getoption("--containers"):
        container = ContainerKafka()
        container.start()
        yield container
        container.erase()
    else:
        kafka = start_kafka(tmp_path_factory.mktemp("kafka"))
        yield kafka
        kafka.kill()


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A PostgreSQL of this module's own, empty at first."""
    if request.config.getoption("--containers"):
        container = ContainerPostgres()
        container.start()
        yield container
        container.erase()
    else:
        postgres = start_postgres(tmp_path_factory.mktemp("postgres"))
        yield postgres
        postgres.kill()
        postgres.erase()
