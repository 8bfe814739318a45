"""One whole stack for the module: real Kafka, real PostgreSQL, every process."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.containers import Broker, Database
from tests.support.stack import RunningStack


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, inherited: dict[str, str], broker: Broker, database: Database
) -> Iterator[RunningStack]:
    """It answers; its topics hold nothing."""
    with RunningStack(tmp_path_factory.mktemp("stack"), inherited, broker, database) as made:
        asyncio.run(made.start())
        yield made
