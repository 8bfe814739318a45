"""A generator that should look alive keeps its rate and its clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flowserve_ml.cli import main
from flowserve_ml.pace import happening_now, paced


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.t = 100.0

    def __call__(self) -> float:
        return self.t

    def sleep(self, seconds: float) -> None:
        self.t += seconds


def requests(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"transaction_id": str(number), "occurred_at": "2020-01-01T00:00:00Z"}


def test_requests_come_at_the_rate_asked_for() -> None:
    clock = Clock()
    times = [clock.t for _ in paced(requests(5), 10, clock, clock.sleep)]
    assert times == pytest.approx([100.0, 100.1, 100.2, 100.3, 100.4])


def test_who_was_late_catches_up() -> None:
    clock = Clock()
    times = []
    for request in paced(requests(4), 10, clock, clock.sleep):
        times.append(clock.t)
        if request["transaction_id"] == "0":
            clock.sleep(0.25)
    assert times == pytest.approx([100.0, 100.25, 100.25, 100.3])


def test_they_occur_as_they_are_taken() -> None:
    clock = Clock()
    start = datetime(2026, 11, 23, tzinfo=UTC)
    alive = happening_now(
        paced(requests(3), 0.5, clock, clock.sleep), lambda: start + timedelta(seconds=clock.t)
    )
    assert [request["occurred_at"][-9:] for request in alive] == ["00:01:40Z", "00:01:42Z", "00:01:44Z"]


def test_a_rate_of_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--rate", "0"]) == 1
    assert "--rate must be above 0" in capsys.readouterr().err
