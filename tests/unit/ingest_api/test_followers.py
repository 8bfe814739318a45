"""Those who follow a 202: each gets its own row, one reading serves all, and their number is bounded."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from ingest_api.followers import Asked, Followers
from schemas.problems import Refusal
from tests.support.waiting import until


class Rows:
    """What is stored; remembers what it was asked for. Fails with `error` where there is one."""

    def __init__(self) -> None:
        self.stored: dict[Asked, dict[str, Any]] = {}
        self.rounds: list[set[Asked]] = []
        self.error: Exception | None = None

    async def read(self, asked: Sequence[Asked]) -> Any:  # noqa: ANN401
        self.rounds.append(set(asked))
        if self.error is not None:
            raise self.error
        return {key: row for key, row in self.stored.items() if key in asked}


def asked(client: str = "default") -> tuple[str, UUID]:
    return client, uuid4()


async def test_one_reading_serves_all_who_wait_and_none_is_made_for_nobody() -> None:
    rows = Rows()
    followers = Followers(rows.read, 0.01, 10)
    mine, yours = asked(), asked("other")
    waiting: list[asyncio.Task[Any]] = [
        asyncio.create_task(followers.outcome(each, 30)) for each in (mine, yours)
    ]
    await until(lambda: len(rows.rounds) >= 2, "two rounds")
    assert rows.rounds[-1] == {mine, yours}
    rows.stored = {mine: {"status": None}, yours: {"status": "scored"}}
    assert await waiting[1] == {"status": "scored"}
    assert not waiting[0].done()
    rows.stored[mine] = {"status": "rejected"}
    assert await waiting[0] == {"status": "rejected"}
    made = len(rows.rounds)
    await asyncio.sleep(0.05)
    assert len(rows.rounds) == made


async def test_who_waits_too_long_gets_none_and_leaves_no_trace() -> None:
    followers = Followers(Rows().read, 0.01, 10)
    assert await followers.outcome(asked(), 0.03) is None
    assert len(followers) == 0


async def test_where_too_many_wait_the_next_one_is_told_at_once() -> None:
    followers = Followers(Rows().read, 0.01, 1)
    first = asyncio.create_task(followers.outcome(asked(), 30))
    await until(lambda: len(followers) == 1, "one waits")
    assert await followers.outcome(asked(), 30) is None
    await followers.stop()
    assert await first is None


async def test_a_database_that_is_down_is_told_to_everyone_and_the_next_one_asks_again() -> None:
    rows = Rows()
    rows.error = Refusal("store_unavailable", "Later.")
    followers = Followers(rows.read, 0.01, 10)
    waiting = [asyncio.create_task(followers.outcome(asked(), 30)) for _ in range(2)]
    for each in waiting:
        with pytest.raises(Refusal, match="store_unavailable"):
            await each
    rows.error, again = None, asked()
    rows.stored[again] = {"status": "scored"}
    found: Any = await followers.outcome(again, 30)
    assert found == {"status": "scored"}
    await followers.stop()
