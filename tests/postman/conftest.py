"""A whole stack, three kinds of API key, and one run of the collection that all tests look at."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_stack.kafka import Kafka
from local_stack.postgres import Postgres
from tests.postman import newman
from tests.support.stack import RunningStack


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, inherited: dict[str, str], broker: Kafka, database: Postgres
) -> Iterator[RunningStack]:
    """Real Kafka, real PostgreSQL, every process."""
    made = RunningStack(tmp_path_factory.mktemp("stack"), inherited, broker, database)
    try:
        asyncio.run(made.start())
        yield made
    finally:
        made.kill_all()


@pytest.fixture(scope="module")
def report(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> newman.Report:
    """The run of the collection."""
    revoked = _new_key(stack, "predict,read")
    stack.keys("revoke", revoked["key_id"])
    variables = {
        "base_url": stack.url,
        "api_key": stack.key,
        "read_only_key": _new_key(stack, "read")["key"],
        "revoked_key": revoked["key"],
    }
    folder: Path = tmp_path_factory.mktemp("newman")
    return newman.run(variables, folder)


@pytest.fixture(scope="module")
def openapi(stack: RunningStack) -> dict[str, Any]:
    """The API's own description of itself."""
    document: dict[str, Any] = httpx.get(f"{stack.url}/openapi.json").raise_for_status().json()
    return document


def _new_key(stack: RunningStack, scopes: str) -> dict[str, str]:
    created = stack.keys("create", "--client", "default", "--name", "postman", "--scopes", scopes, "--json")
    key: dict[str, str] = json.loads(created)
    return key
