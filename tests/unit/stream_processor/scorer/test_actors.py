"""The actors of a process together: how their states are saved, and how their Kafka clients end."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from stream_processor.scorer.actors import Actors


class Saving:
    """An actor, or the log of terminals, whose snapshot takes a while; `at_once` is the most at one time."""

    def __init__(self) -> None:
        self.now = self.at_once = self.done = 0

    async def snapshot(self) -> None:
        self.now += 1
        self.at_once = max(self.at_once, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        self.done += 1


class Client:
    """A reader or the writer."""

    stopped = False

    async def stop(self) -> None:
        self.stopped = True


def actors(**around: object) -> Actors:
    return Actors(cast(Any, SimpleNamespace(**around)))


async def test_the_snapshot_at_a_stop_waits_for_the_one_that_is_being_written() -> None:
    made, saving = actors(terminal_log=Saving()), Saving()
    made._actors[0] = cast(Any, saving)
    await asyncio.gather(made.snapshot(), made.snapshot())
    assert (saving.at_once, saving.done) == (1, 2)


async def test_every_kafka_client_of_the_process_ends_with_it() -> None:
    readers, writer = [Client(), Client()], Client()
    async with actors(readers=readers, writer=writer).clients():
        assert not any(each.stopped for each in (*readers, writer))
    assert all(each.stopped for each in (*readers, writer))
