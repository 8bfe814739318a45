"""Real servers for the API of these tests; every API process that a module starts ends with it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from local_stack.kafka import Kafka
from local_stack.postgres import Postgres
from tests.integration.ingest_api.lab import Api, Lab
from tests.support import logs

PARTITIONS = 12


@pytest.fixture(scope="module")
def lab(
    broker: Kafka, database: Postgres, tmp_path_factory: pytest.TempPathFactory, inherited: dict[str, str]
) -> Iterator[Lab]:
    """Topics and tables are there; nothing else runs. A test that stops a part starts it again."""
    made = Lab(broker, database, inherited, tmp_path_factory.mktemp("lab"))
    try:
        asyncio.run(logs.create_topics(broker.bootstrap, PARTITIONS))
        asyncio.run(made.migrate())
        yield made
    finally:
        for api in made.apis:
            api.kill()


@pytest.fixture(scope="module")
def api(lab: Lab) -> Api:
    """One API process for all tests of a module that do it no harm."""
    return lab.api()


@pytest.fixture
async def client(lab: Lab, api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client with all scopes, while a stand-in scorer runs and all are ready."""
    key = await lab.key("predict", "read")
    async with lab.scorer(), api.client(key) as made:
        await api.ready()
        yield made
