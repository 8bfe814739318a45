"""One batch is stored while the next is read, never two."""

import asyncio
from collections.abc import Coroutine

import pytest

from stream_processor.sink.slot import Slot


def put(slot: Slot, work: Coroutine[None, None, None]) -> Coroutine[None, None, None]:
    """As work that waits from its beginning."""
    only_waits = asyncio.Event()
    only_waits.set()
    return slot.put(work, only_waits)


async def test_the_next_work_starts_after_the_one_before() -> None:
    order: list[str] = []

    async def work(name: str) -> None:
        order.append(f"{name} starts")
        await asyncio.sleep(0)
        order.append(f"{name} ends")

    async with Slot() as slot:
        await put(slot, work("a"))
        await put(slot, work("b"))
    assert order == ["a starts", "a ends", "b starts", "b ends"]


async def test_an_error_is_raised_by_the_next_put_and_the_new_work_never_runs() -> None:
    ran = False

    async def fails() -> None:
        raise ConnectionResetError

    async def runs() -> None:
        nonlocal ran
        ran = True

    async with Slot() as slot:
        await put(slot, fails())
        with pytest.raises(ConnectionResetError):
            await put(slot, runs())
    assert not ran


async def test_an_error_is_raised_also_where_nothing_comes_after_it() -> None:
    async def fails() -> None:
        raise ConnectionResetError

    async with Slot() as slot:
        slot.check()
        await put(slot, fails())
        await asyncio.sleep(0)
        with pytest.raises(ConnectionResetError):
            slot.check()
        slot.check()


async def test_work_is_given_up_when_the_way_out_is_an_error() -> None:
    started = asyncio.Event()

    async def hangs() -> None:
        started.set()
        await asyncio.Event().wait()

    async def session() -> None:
        async with Slot() as slot:
            await put(slot, hangs())
            await started.wait()
            raise KeyError

    with pytest.raises(KeyError):
        await session()


async def test_work_that_has_something_to_do_is_not_left_alone_before_it_only_waits() -> None:
    only_waits, order = asyncio.Event(), []

    async def work() -> None:
        await asyncio.sleep(0)
        order.append("sent")
        only_waits.set()
        await asyncio.sleep(0.01)
        order.append("stored")

    async with Slot() as slot:
        await slot.put(work(), only_waits)
        order.append("the next is read")
    assert order == ["sent", "the next is read", "stored"]


async def test_work_that_ends_without_a_word_holds_up_nothing() -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    async with Slot() as slot:
        await asyncio.wait_for(slot.put(work(), asyncio.Event()), 5)
