"""A replay held to a multiple of event time, on a clock that only moves when somebody sleeps."""

import pytest

from stream_processor.replay.pace import Pace


class Clock:
    """Time passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.longest = 0.0

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.longest = max(self.longest, seconds)

    async def run(self, speed: float | None, events: list[float]) -> list[float]:
        """After how many seconds each event happens."""
        pace = Pace(speed, self.read, self.sleep)
        found = []
        for event in events:
            await pace.wait_for(event)
            found.append(self.now - 1_000)
        return found


@pytest.mark.parametrize(("speed", "expected"), [(1.0, [0, 60, 360]), (100.0, [0, 0.6, 3.6])])
async def test_events_happen_at_a_multiple_of_their_own_pace(speed: float, expected: list[float]) -> None:
    assert await Clock().run(speed, [7_000, 7_060, 7_360]) == pytest.approx(expected)


async def test_without_a_speed_nothing_waits() -> None:
    assert await Clock().run(None, [7_000, 9_000_000]) == [0, 0]


async def test_a_long_gap_is_slept_in_pieces_so_that_an_interruption_is_noticed() -> None:
    clock = Clock()
    await clock.run(1.0, [7_000, 7_100])
    assert clock.longest <= 1


async def test_a_row_without_a_time_does_not_wait_and_does_not_begin_the_run() -> None:
    assert await Clock().run(1.0, [0, 0, 7_000, 7_010]) == pytest.approx([0, 0, 0, 10])


async def test_who_is_behind_catches_up() -> None:
    clock = Clock()
    pace = Pace(1.0, clock.read, clock.sleep)
    await pace.wait_for(7_000)
    clock.now += 100  # the database was slow
    await pace.wait_for(7_050)
    assert clock.now == 1_100
