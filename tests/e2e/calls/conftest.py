"""One stack for these tests: each finds it whole, whatever others took away, and counts only its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.containers import PausableBroker, PausableDatabase
from tests.support.emptying import empty_broker, empty_database
from tests.support.stack import RunningStack


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the stack."""
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="package")
def broker(kept_broker: PausableBroker) -> PausableBroker:
    """The Kafka of the stack: no module empties it for itself."""
    empty_broker(kept_broker)
    return kept_broker


@pytest.fixture(scope="package")
def server(kept_database: PausableDatabase) -> PausableDatabase:
    """The PostgreSQL of the stack: no module empties it for itself."""
    empty_database(kept_database)
    return kept_database


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def running(
    folder: Path, inherited: dict[str, str], broker: PausableBroker, server: PausableDatabase
) -> AsyncIterator[RunningStack]:
    """The stack of this folder."""
    with RunningStack(folder, inherited, broker, server) as stack:
        await stack.start()
        yield stack
