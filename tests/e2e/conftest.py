"""One stack for all e2e tests of a module: real Kafka, real PostgreSQL, every process."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from local_stack.parts import port_memory
from tests.support import requests
from tests.support.containers import Broker, Database
from tests.support.stack import RunningStack


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the module's stack."""
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """What the module's stack is told beside the usual; a module may have its own."""
    return {}


@pytest.fixture(scope="module")
def metrics_ports(folder: Path) -> dict[str, str]:
    """Settings with which scorer and sink show their metrics."""
    ports = port_memory(folder)
    return {f"FLOWSERVE_{name.upper()}_METRICS_PORT": str(ports.get(name)) for name in ("scorer", "sink")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    folder: Path, inherited: dict[str, str], settings: dict[str, str], broker: Broker, database: Database
) -> AsyncIterator[RunningStack]:
    """The stack of this module."""
    with RunningStack(folder, inherited | settings, broker, database) as stack:
        await stack.start()
        yield stack


@pytest.fixture
async def stack(running: RunningStack) -> RunningStack:
    """The module's stack, whole again whatever the test before did: it answers at once."""
    await running.ready()
    async with running.client() as client:
        await requests.answers_at_once(client)
    return running


@pytest.fixture
async def client(stack: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key that may do everything."""
    async with stack.client() as made:
        yield made
