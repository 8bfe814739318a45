"""No Kafka client holds a stop for ever, and none spoils it."""

import asyncio

import pytest

from schemas.kafka_ends import end_within


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
