"""Real parts for all tests: Apache Kafka and PostgreSQL, as the local stack starts them or in containers."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests.support.containers import (
    Database,
    PausableBroker,
    PausableDatabase,
    broker_of,
    database_of,
)
from tests.support.emptying import empty_broker, empty_database
from tests.support.scheduling import Scheduling

# How long one example takes is the machine's business: a busy one would fail tests that are right.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
# The optimizing compiler and a collector with threads would cost the brokers of tests more than they bring.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--containers", action="store_true", help="Kafka and PostgreSQL in containers.")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def inherited() -> dict[str, str]:
    """The environment that child processes start from."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))}


@pytest.fixture(scope="session")
def in_container(request: pytest.FixtureRequest) -> bool:
    """Whether Kafka and PostgreSQL are to run in containers."""
    return bool(request.config.getoption("--containers"))


@pytest.fixture(scope="session")
def kept_broker(in_container: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PausableBroker]:
    """The Kafka that a worker's modules have one after the other."""
    with broker_of(tmp_path_factory.mktemp("kafka"), in_container) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def kept_database(in_container: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PausableDatabase]:
    """The PostgreSQL that the modules of a worker have one after the other."""
    with database_of(tmp_path_factory.mktemp("postgres"), in_container) as postgres:
        yield postgres


@pytest.fixture(scope="module")
def broker(kept_broker: PausableBroker) -> PausableBroker:
    """A Kafka for this module alone, empty at first. A module that stops it need not start it again."""
    empty_broker(kept_broker)
    return kept_broker


@pytest.fixture(scope="module")
def server(kept_database: PausableDatabase) -> PausableDatabase:
    """A PostgreSQL for this module alone, empty at first. A module that stops it need not start it again."""
    empty_database(kept_database)
    return kept_database


@pytest.fixture(scope="module")
def database(server: PausableDatabase) -> Database:
    """The same; folders whose tests want a connection by this name have one of their own."""
    return server


@pytest.fixture(scope="module")
def kafka(broker: PausableBroker) -> str:
    """The address of a broker."""
    return broker.bootstrap


@pytest.fixture(scope="module")
def postgres(server: PausableDatabase) -> dict[str, str]:
    """The PG* variables of a server."""
    return server.environment()
