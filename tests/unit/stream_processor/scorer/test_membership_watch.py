"""A scorer that the group refuses learns it: new ids again and again, or an error that aiokafka keeps."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from aiokafka.errors import KafkaError

from stream_processor.scorer.consumer_thread import ConsumerThread
from stream_processor.scorer.membership import MembershipWatch
from tests.support.consumers import scripted_consumer


@dataclass
class Scene:
    now: float = 0
    refusals: list[float] = field(default_factory=list)

    def watch(self) -> MembershipWatch:
        return MembershipWatch(
            lambda: self.now, lambda why: self.refusals.append(self.now), most=4, seconds=60
        )


def test_rebalances_under_the_same_id_are_normal() -> None:
    scene = Scene()
    watch = scene.watch()
    for _ in range(100):
        watch.assigned("member-1")
    assert scene.refusals == []


def test_four_new_ids_within_a_minute_are_another_process() -> None:
    scene = Scene()
    watch = scene.watch()
    for number in range(5):
        scene.now = number * 15
        assert scene.refusals == []
        watch.assigned(f"member-{number}")
    assert scene.refusals == [60]


def test_new_ids_over_hours_are_long_pauses() -> None:
    scene = Scene()
    watch = scene.watch()
    for number in range(50):
        scene.now = number * 20.1
        watch.assigned(f"member-{number}")
    assert scene.refusals == []


def test_the_first_id_of_a_process_is_no_change() -> None:
    scene = Scene()
    for number in range(10):
        scene.watch().assigned(f"member-{number}")
    assert scene.refusals == []


class Coordinator:
    """aiokafka's, as far as it answers who asks; its routine waits meanwhile."""

    def __init__(self) -> None:
        self.error: KafkaError | None = None

    def check_errors(self) -> None:
        if self.error:
            raise self.error


async def test_an_error_that_nobody_would_ask_for_is_found() -> None:
    found: list[str] = []
    thread, coordinator = cast(ConsumerThread, scripted_consumer(set())._thread), Coordinator()
    thread.membership = MembershipWatch(lambda: 0, found.append)
    await thread.look_at_membership()  # before the client is there

    thread.thread_loop = asyncio.get_running_loop()
    thread._consumer = cast(Any, SimpleNamespace(_coordinator=None))
    await thread.look_at_membership()  # before it has started
    thread._consumer = cast(Any, SimpleNamespace(_coordinator=coordinator))
    await thread.look_at_membership()
    assert found == []

    coordinator.error = KafkaError("UnknownError()")
    await thread.look_at_membership()
    assert found == ["KafkaError: UnknownError()"]
