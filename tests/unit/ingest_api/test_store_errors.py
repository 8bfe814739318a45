"""Whatever a database that is away, or in each other's way, makes asyncpg raise: 503 store_unavailable."""

from typing import Any, cast

import asyncpg
import pytest

from ingest_api.settings import ApiSettings
from ingest_api.store import Store
from schemas.problems import Refusal


class CutPool:
    """A pool whose connections are cut between the answer and their release, or before."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def acquire(self, timeout: float) -> "CutPool":
        return self

    async def __aenter__(self) -> "CutPool":
        return self

    async def __aexit__(self, *_: object) -> None:
        raise self._error

    async def fetch(self, *_: object) -> list[object]:
        return []


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_passes_by_itself_is_a_503_and_not_a_500(error: Exception) -> None:
    store = Store(ApiSettings())
    store._pool = cast(Any, CutPool(error))
    with pytest.raises(Refusal) as refused:
        await store.api_keys()
    assert refused.value.code == "store_unavailable"
