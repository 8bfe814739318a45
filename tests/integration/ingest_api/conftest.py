"""One Kafka and one PostgreSQL for all these tests; every API process that one starts is ended at last."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from local_stack.parts import start_kafka, start_postgres
from tests.integration.ingest_api.lab import Api, Lab
from tests.support import logs

PARTITIONS = 12


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, inherited: dict[str, str]) -> Iterator[Lab]:
    """Topics and tables are there; nothing else runs. A test that stops a part starts it again."""
    folder = tmp_path_factory.mktemp("lab")
    kafka, postgres = start_kafka(folder), start_postgres(folder)
    made = Lab(kafka, postgres, inherited, folder)
    try:
        asyncio.run(logs.create_topics(kafka.bootstrap, PARTITIONS))
        asyncio.run(made.migrate())
        yield made
    finally:
        for api in made.apis:
            api.kill()
        kafka.kill()
        postgres.kill()


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
