"""A whole stack, four kinds of API key, a replay, and one run of the collection that all tests look at."""

import asyncio
import json
import subprocess
import sys
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
    with RunningStack(tmp_path_factory.mktemp("stack"), inherited, broker, database) as made:
        asyncio.run(made.start())
        yield made


@pytest.fixture(scope="module")
def report(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> newman.Report:
    """The run of the collection."""
    revoked = _new_key(stack, "predict,read")
    stack.keys("revoke", revoked["key_id"])
    variables = {
        "base_url": stack.url,
        "api_key": stack.key,
        "read_only_key": _new_key(stack, "read")["key"],
        "dlq_key": _new_key(stack, "dlq")["key"],
        "revoked_key": revoked["key"],
    }
    folder: Path = tmp_path_factory.mktemp("newman")
    _replay(stack, folder)
    return newman.run(variables, folder)


@pytest.fixture(scope="module")
def openapi(stack: RunningStack) -> dict[str, Any]:
    """The API's own description of itself."""
    document: dict[str, Any] = httpx.get(f"{stack.url}/openapi.json").raise_for_status().json()
    return document


def _replay(stack: RunningStack, folder: Path) -> None:
    """A stored run of a short history, in which one transaction comes twice."""
    file = folder / "history.csv"
    days = [*range(1, 21), 20]
    rows = [f"tx-{day},c-1,t-1,{day}99,2026-06-{day:02}T10:00:00Z" for day in days]
    heading = "transaction_id,customer_id,terminal_id,amount,occurred_at"
    file.write_text("\n".join([heading, *rows]) + "\n")
    command = [sys.executable, "-m", "cli", "replay", str(file), "--run-id", "postman"]
    subprocess.run(command, env=stack.environment, capture_output=True, text=True, check=True)


def _new_key(stack: RunningStack, scopes: str) -> dict[str, str]:
    created = stack.keys("create", "--client", "default", "--name", "postman", "--scopes", scopes, "--json")
    key: dict[str, str] = json.loads(created)
    return key
