"""One secured stack for all tests of this folder: TLS and passwords everywhere, least privilege."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.security.broker import SecuredKafka
from tests.support.security.certificates import Authority
from tests.support.security.database import SecuredPostgres
from tests.support.security.stack import SecuredStack


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stack's data folder."""
    return tmp_path_factory.mktemp("secured")


@pytest.fixture(scope="package")
def authority(folder: Path) -> Authority:
    """Who signs the certificates."""
    return Authority(folder / "certificates")


@pytest.fixture(scope="package")
def kafka(folder: Path, authority: Authority) -> Iterator[SecuredKafka]:
    """The broker."""
    broker = SecuredKafka(folder, authority)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture(scope="package")
def postgres(folder: Path, authority: Authority) -> Iterator[SecuredPostgres]:
    """The database server."""
    server = SecuredPostgres(folder, authority)
    try:
        server.start()
        yield server
    finally:
        server.erase()


@pytest.fixture(scope="package")
def stack(
    folder: Path, inherited: dict[str, str], kafka: SecuredKafka, postgres: SecuredPostgres
) -> Iterator[SecuredStack]:
    """Every process."""
    with SecuredStack(folder, inherited, kafka, postgres) as running:
        asyncio.run(running.start())
        everything = ("--scopes", "predict,read,feedback,dlq")
        running.key = running.keys("create", "--client", "default", "--name", "all", *everything).split()[-1]
        yield running


@pytest.fixture
async def client(stack: SecuredStack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API whose key may do everything."""
    async with stack.client() as made:
        yield made
