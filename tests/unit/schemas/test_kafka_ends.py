"""No Kafka client holds a stop for ever, and none spoils it."""

import asyncio
from typing import Any, cast

import pytest

from schemas.kafka_ends import end_within, started


class Client:
    """Tells what was done to it; its start may fail."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.fails = fails
        self.done: list[str] = []

    async def start(self) -> None:
        self.done.append("start")
        if self.fails is not None:
            raise self.fails

    async def stop(self) -> None:
        self.done.append("stop")
        raise RuntimeError("boom")


async def forever() -> None:
    await asyncio.Event().wait()


async def fails() -> None:
    raise RuntimeError("boom")


async def ends() -> None:
    return


async def cancels_itself() -> None:
    raise asyncio.CancelledError


async def test_an_end_is_given_its_time_and_no_more() -> None:
    assert await end_within(ends(), 1)
    assert not await end_within(forever(), 0.01)


@pytest.mark.parametrize("ending", [fails, cancels_itself])
async def test_what_a_client_throws_at_its_end_stays_there(ending: object) -> None:
    assert await end_within(ending(), 1)  # type: ignore[operator]


async def test_a_client_is_ended_once_it_is_no_longer_needed() -> None:
    client = Client()
    async with started(cast(Any, client)) as same:
        assert same is client
        assert client.done == ["start"]
    assert client.done == ["start", "stop"]


async def test_a_client_whose_start_fails_is_ended_and_the_failure_is_told() -> None:
    client = Client(ConnectionError("no broker"))
    with pytest.raises(ConnectionError, match="no broker"):
        async with started(cast(Any, client)):
            raise AssertionError("it never began")
    assert client.done == ["start", "stop"]
