"""Loops that die are noticed, however they die."""

import asyncio
import logging

import pytest

from ingest_api.background import Loops, every, next_backoff
from tests.support.waiting import until


async def forever() -> None:
    await asyncio.Event().wait()


async def fails() -> None:
    raise RuntimeError("boom")


async def ends() -> None:
    return


async def cancels_itself() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize("loop", [fails, ends, cancels_itself])
async def test_a_loop_that_ends_in_whatever_way_is_a_death(
    loop: object, caplog: pytest.LogCaptureFixture
) -> None:
    deaths: list[int] = []
    loops = Loops(lambda: deaths.append(1))
    loops.start("it", loop())  # type: ignore[operator]
    await until(lambda: bool(deaths), "the death is noticed", every=0.001)
    assert caplog.records[-1].levelno == logging.CRITICAL
    await loops.stop()


async def test_a_stop_is_no_death() -> None:
    deaths: list[int] = []
    loops = Loops(lambda: deaths.append(1))
    loops.start("it", forever())
    await asyncio.sleep(0)
    await loops.stop()
    assert deaths == []


async def test_every_acts_at_once_and_again() -> None:
    acts: list[int] = []

    async def act() -> None:
        acts.append(1)

    task = asyncio.create_task(every(0.001, act))
    await until(lambda: len(acts) >= 3, "three acts", every=0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_back_off_grows_to_a_bound() -> None:
    seconds, seen = 0.25, []
    for _ in range(8):
        seen.append(seconds)
        seconds = next_backoff(seconds)
    assert seen == [0.25, 0.5, 1, 2, 4, 4, 4, 4]
