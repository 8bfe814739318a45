"""Real parts for all tests: Apache Kafka and PostgreSQL, as the local stack starts them or in containers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import java_classes
from tests.support.containers import Broker, Database, broker_of, database_of

# How long one example takes is the machine's business: a busy one would fail tests that are right.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
_JAVA_CLASSES = Path(__file__).parents[1] / ".cache" / "java" / "kafka.aot"
os.environ.setdefault("JDK_JAVA_OPTIONS", java_classes.options(_JAVA_CLASSES))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--containers", action="store_true", help="Kafka and PostgreSQL in containers.")


@pytest.fixture(scope="session")
def inherited() -> dict[str, str]:
    """The environment that child processes start from."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))}


@pytest.fixture(scope="session")
def in_container(request: pytest.FixtureRequest) -> bool:
    """Whether Kafka and PostgreSQL are to run in containers."""
    return bool(request.config.getoption("--containers"))


@pytest.fixture(scope="module")
def broker(in_container: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Kafka of this module's own, empty at first."""
    with broker_of(tmp_path_factory.mktemp("kafka"), in_container) as kafka:
        yield kafka


@pytest.fixture(scope="module")
def database(in_container: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A PostgreSQL of this module's own, empty at first."""
    with database_of(tmp_path_factory.mktemp("postgres"), in_container) as postgres:
        yield postgres
