"""One stack for these tests: each finds it whole, whatever others took away, and counts only its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.containers import PausableBroker, PausableDatabase
from tests.support.emptying import empty_broker, empty_database
from tests.support.stack import RunningStack, running_stack


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the stack."""
    return tmp_path_factory.mktemp("stack")


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def running(
    folder: Path, inherited: dict[str, str], kept_broker: PausableBroker, kept_database: PausableDatabase
) -> AsyncIterator[RunningStack]:
    """The stack of this folder."""
    empty_broker(kept_broker)
    empty_database(kept_database)
    async with running_stack(folder, inherited, kept_broker, kept_database) as stack:
        yield stack
