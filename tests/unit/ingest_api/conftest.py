"""The application around fakes, and a client that calls it without a network."""

from collections.abc import AsyncIterator

import httpx
import pytest

from ingest_api.parts import Parts
from tests.unit.ingest_api.fakes import AUTHORIZED, make_app, make_fakes


@pytest.fixture
async def parts() -> Parts:
    """Fakes whose keys have been read."""
    made = make_fakes()
    await made.keys.refresh()
    return made


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """Calls with a key that may predict, read and report."""
    transport = httpx.ASGITransport(make_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=AUTHORIZED) as made:
        yield made
