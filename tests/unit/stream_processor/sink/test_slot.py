"""One batch is stored while the next is read, never two."""

import asyncio

import pytest

from stream_processor.sink.slot import Slot


async def test_the_next_work_starts_after_the_one_before() -> None:
    order: list[str] = []

    async def work(name: str) -> None:
        order.append(f"{name} starts")
        await asyncio.sleep(0)
        order.append(f"{name} ends")

    async with Slot() as slot:
        await slot.put(work("a"))
        await slot.put(work("b"))
    assert order == ["a starts", "a ends", "b starts", "b ends"]


async def test_an_error_is_raised_by_the_next_put_and_the_new_work_never_runs() -> None:
    ran = False

    async def fails() -> None:
        raise ConnectionResetError

    async def runs() -> None:
        nonlocal ran
        ran = True

    async with Slot() as slot:
        await slot.put(fails())
        with pytest.raises(ConnectionResetError):
            await slot.put(runs())
    assert not ran


async def test_an_error_is_raised_also_where_nothing_comes_after_it() -> None:
    async def fails() -> None:
        raise ConnectionResetError

    async with Slot() as slot:
        slot.check()
        await slot.put(fails())
        slot.check()  # it has not begun yet
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
            await slot.put(hangs())
            await started.wait()
            raise KeyError

    with pytest.raises(KeyError):
        await session()
