"""A partition of which most is refused raises an alarm, once a minute, and is served all the same."""

import logging

import pytest

from schemas.counters import Counters
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.refusal_watch import RefusalWatch
from tests.support.actors import rules
from tests.support.records import body, decided, raw, request

ALARMS = "flowserve_scorer_refusal_alarms_total"


def results(good: int, bad: int) -> list[Result]:
    records = [request(place, body(place)) for place in range(good)]
    records += [raw(good + place, b"{" if place % 3 else None) for place in range(bad)]
    return decided(records, PartitionState(), rules())


class Scene:
    def __init__(self) -> None:
        self.counters = Counters()
        self.now_ms = 0
        self.watch = RefusalWatch(7, self.counters, lambda: self.now_ms)

    @property
    def alarms(self) -> int:
        return self.counters.values().get(ALARMS, 0)


def test_a_few_refusals_are_no_alarm_and_neither_is_a_half() -> None:
    scene = Scene()
    scene.watch.note(results(0, 99))
    assert scene.alarms == 0
    scene.watch.note(results(99, 0))
    scene.watch.note(results(1, 1))
    assert scene.alarms == 0


def test_more_than_half_of_the_last_is_an_alarm_with_counts_by_code(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    with caplog.at_level(logging.ERROR):
        scene.watch.note(results(40, 60))
    assert scene.alarms == 1
    (record,) = caplog.records
    assert "--partition 7" in record.getMessage()
    said = vars(record)
    assert (said["refused"], said["of_the_last"]) == (60, 100)
    assert said["codes"] == {"malformed": 40, "empty": 20}


def test_the_alarm_comes_once_a_minute_while_it_lasts_and_ends_with_it() -> None:
    scene = Scene()
    for _ in range(5):
        scene.watch.note(results(0, 100))
    assert scene.alarms == 1
    scene.now_ms = 60_000
    scene.watch.note(results(0, 1))
    assert scene.alarms == 2
    scene.now_ms = 120_000
    scene.watch.note(results(600, 0))
    assert scene.alarms == 2


def test_only_the_last_thousand_count() -> None:
    scene = Scene()
    scene.watch.note(results(5_000, 0))
    scene.watch.note(results(0, 500))
    assert scene.alarms == 0
    scene.watch.note(results(0, 1))
    assert scene.alarms == 1
