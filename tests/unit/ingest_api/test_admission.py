"""Who is let in: as many as are answered in time, unless this process is late itself."""

import asyncio
import logging

import pytest

from ingest_api.admission import Admission
from ingest_api.answer_pace import AnswerPace
from ingest_api.loop_delay import LoopDelay
from ingest_api.pending_replies import PendingReplies, Reply
from schemas.counters import Counters
from schemas.problems import Refusal
from tests.unit.ingest_api.fakes import settings


class Clock:
    """Stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Door:
    """An admission around a pending map, with a hand on the clock and on the lateness."""

    def __init__(self, **values: object) -> None:
        self.clock = Clock()
        self.late = 0.0
        self.chosen = settings(**values)
        self.pending = PendingReplies(self.chosen.max_pending, self.clock)
        counters = Counters()
        self.admission = Admission(
            self.pending, lambda: None, lambda: True, lambda: self.late, self.chosen, counters, self.clock
        )
        self._number = 0

    def let_in(self, most: int) -> int:
        """Opens as many as are admitted, up to `most`."""
        for count in range(most):
            try:
                self.admission.check()
            except Refusal:
                return count
            self._number += 1
            self.pending.open(str(self._number).encode(), 60)
        return most

    def answer(self, first: int, count: int, per_second: float, waited: float = 0) -> None:
        """Answers that come at a steady pace, after callers waited for `waited` seconds at least."""
        self.clock.now += waited
        for number in range(first, first + count):
            self.clock.now += 1 / per_second
            self.pending.resolve(str(number).encode(), Reply("scored", b"{}"))


def test_a_steady_pace_is_told_within_a_tenth_and_fades_in_silence() -> None:
    clock = Clock()
    pace = AnswerPace(clock)
    for _ in range(5_000):
        clock.now += 0.001
        pace.note(0.01)
    assert pace.per_second() == pytest.approx(1_000, rel=0.1)
    clock.now += 5
    assert pace.per_second() < 10


async def test_a_service_that_answers_quickly_takes_a_burst_as_it_comes() -> None:
    door = Door(max_pending=2_000)
    assert door.let_in(5) == 5
    door.answer(1, 5, per_second=10)
    assert door.let_in(3_000) == 2_000
    door.pending.close_all()


async def slow(door: Door, per_second: float) -> int:
    """How many are let in once answers come at a steady pace, and late."""
    asked = 0
    for _ in range(400):
        asked += door.let_in(100)
        door.answer(asked - 99, 100, per_second)
    return door.let_in(5_000)


async def test_where_answers_are_slow_the_room_is_what_is_answered_within_the_queue_s_time() -> None:
    door = Door(min_pending=100, max_pending=2_000, queue_seconds=0.1)
    assert await slow(door, per_second=1_500) == pytest.approx(150, rel=0.1)
    door.pending.close_all()


async def test_however_slow_answers_are_the_least_room_is_there() -> None:
    door = Door(min_pending=100, queue_seconds=0.1)
    assert await slow(door, per_second=200) == 100
    door.pending.close_all()


async def test_callers_who_gave_up_count_as_slow_answers_until_they_are_long_gone() -> None:
    door = Door(min_pending=7, queue_seconds=0.1)
    for _ in range(30):
        door.pending.pace.gave_up(2.0)
    assert door.let_in(1_000) == 7
    door.clock.now += 3
    assert door.let_in(1_000) == 1_000
    door.pending.close_all()


async def test_a_process_that_is_late_itself_lets_nobody_in() -> None:
    door = Door(queue_seconds=0.5)
    door.late = 0.51
    with pytest.raises(Refusal, match="overloaded"):
        door.admission.check()
    door.late = 0.49
    door.admission.check()


async def test_refusals_are_told_of_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    door = Door()
    door.late = 60
    for _ in range(200):
        door.clock.now += 0.0101
        with pytest.raises(Refusal):
            door.admission.check()
    told = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 2


async def test_a_timer_that_is_due_and_has_not_rung_is_lateness() -> None:
    clock = Clock()
    delay = LoopDelay(clock)
    assert delay.seconds() == 0
    running = asyncio.create_task(delay.run())
    await asyncio.sleep(0)
    clock.now += 3
    assert delay.seconds() == pytest.approx(2.95)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
