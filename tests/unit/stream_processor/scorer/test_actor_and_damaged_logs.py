"""What an actor does when the log it stands on is old, damaged, cut or made anew."""

import asyncio
import contextlib
from typing import Any, cast

import pytest

from schemas import headers
from schemas.topics import DEAD_LETTERS, PREDICTIONS, REQUESTS
from stream_processor.pipeline.state import UnknownFoldVersion
from stream_processor.scorer.actor import PartitionActor
from stream_processor.scorer.catch_up import DamagedLog, LogsDisagree
from tests.support.actors import actor_on
from tests.support.fake_log import FakeBroker, FakeRecord
from tests.support.histories import DAY
from tests.support.records import NOW, body, request


class Clock:
    """Seconds since 1970, moved by the test."""

    def __init__(self, now: int) -> None:
        self.now = now

    def ms(self) -> int:
        return self.now * 1_000


def ask(broker: FakeBroker, content: dict[str, Any], arrived: int) -> FakeRecord:
    log = broker.log(REQUESTS, 0)
    log.append(request(len(log), content, arrived=arrived))
    return log[-1]


async def handle(actor: PartitionActor, records: list[FakeRecord], assignment: int = 0) -> int:
    async def send_back(offset: int) -> None:
        raise AssertionError(f"sent back to {offset}")

    return await actor.handle(cast(Any, records), assignment, send_back)


def answers(broker: FakeBroker) -> list[bytes | None]:
    return [record.value for record in broker.log(PREDICTIONS, 0)]


async def test_a_restart_after_a_long_silence_answers_as_a_worker_that_never_stopped() -> None:
    values = []
    for restarts in (False, True):
        clock = Clock(NOW - 50 * DAY)
        broker = FakeBroker(clock_ms=clock.ms)
        actor = actor_on(broker)
        await handle(actor, [ask(broker, body(n, f"c-{n}", at=clock.now), clock.now) for n in (1, 2)])
        clock.now = NOW
        if restarts:
            actor = actor_on(broker)
        await handle(actor, [ask(broker, body(3, "c-1", at=NOW - 39 * DAY), NOW)])
        values.append(answers(broker)[2])
    assert values[0] == values[1]


async def test_a_restart_after_a_long_silence_still_knows_where_it_was() -> None:
    clock = Clock(NOW - 59 * DAY)
    broker = FakeBroker(clock_ms=clock.ms)
    await handle(actor_on(broker), [ask(broker, body(1, at=clock.now), clock.now)])
    clock.now = NOW
    assert await handle(actor_on(broker), [*broker.log(REQUESTS, 0), ask(broker, body(2), NOW)]) == 2
    assert len(answers(broker)) == 2


async def test_requests_made_anew_stop_the_actor_and_it_says_what_to_do() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000)
    await handle(actor_on(broker), [ask(broker, body(n), NOW) for n in range(3)])
    broker.log(REQUESTS, 0).clear()
    with pytest.raises(LogsDisagree, match="recreate the other as well, or restore both"):
        await handle(actor_on(broker), [ask(broker, body(9), NOW)])
    assert len(answers(broker)) == 3


async def test_requests_made_anew_and_longer_than_before_are_not_skipped_in_silence() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000)
    await handle(actor_on(broker), [ask(broker, body(n), NOW) for n in range(3)])
    broker.log(REQUESTS, 0).clear()
    with pytest.raises(LogsDisagree, match="recreate the other as well, or restore both"):
        await handle(actor_on(broker), [ask(broker, body(10 + n), NOW + 60) for n in range(5)])
    assert len(answers(broker)) == 3


async def test_predictions_made_anew_under_a_running_actor_stop_it_without_a_flood() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000)
    actor = actor_on(broker, batch_seconds=0.2)
    await handle(actor, [ask(broker, body(n), NOW) for n in range(3)])
    broker.log(PREDICTIONS, 0).clear()
    with contextlib.suppress(LogsDisagree, DamagedLog, TimeoutError):
        await handle(actor, [ask(broker, body(9), NOW)])
    assert len(answers(broker)) <= 2


@pytest.mark.parametrize("wire", [[], [("other", b"x")]])
async def test_a_log_record_without_a_fold_stops_the_actor(wire: list[tuple[str, bytes]]) -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000)
    broker.append(PREDICTIONS, 0, None, b"{}", wire)
    with pytest.raises(DamagedLog, match="offset 0"):
        await handle(actor_on(broker), [ask(broker, body(1), NOW)])
    assert len(answers(broker)) == 1


async def test_an_unreadable_fold_stops_the_actor_and_it_names_the_record() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000)
    broker.append(PREDICTIONS, 0, None, b"{}", [(headers.FOLD, b"[1,")])
    with pytest.raises(DamagedLog, match="offset 0"):
        await handle(actor_on(broker), [ask(broker, body(1), NOW)])


async def test_a_fold_of_a_later_version_stops_the_actor() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000)
    broker.append(PREDICTIONS, 0, None, b"{}", [(headers.FOLD, b"[2, 0, 0]")])
    with pytest.raises(UnknownFoldVersion):
        await handle(actor_on(broker), [ask(broker, body(1), NOW)])


async def test_a_batch_that_cannot_be_written_in_time_is_not_acknowledged() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000, lose_answer=0)

    def refuse() -> None:
        raise ConnectionError("no broker")

    broker.before_append = refuse
    actor = actor_on(broker, batch_seconds=0.3)
    with pytest.raises(TimeoutError):
        await handle(actor, [ask(broker, body(1), NOW)])
    assert (actor.state.next, answers(broker)) == (0, [])


async def test_an_error_that_no_retry_mends_leaves_the_actor_at_once() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000)

    def refuse() -> None:
        raise ValueError("a bug")

    broker.before_append = refuse
    with pytest.raises(ValueError, match="a bug"):
        await asyncio.wait_for(handle(actor_on(broker), [ask(broker, body(1), NOW)]), 1)


async def test_the_dead_letter_is_durable_before_its_outcome() -> None:
    broker = FakeBroker(clock_ms=lambda: NOW * 1_000)
    dead_letters_at_append = []
    broker.before_append = lambda: dead_letters_at_append.append(len(broker.log(DEAD_LETTERS, 0)))
    record = FakeRecord(REQUESTS, 0, 0, NOW * 1_000, b"c-1", b"{", [])
    broker.log(REQUESTS, 0).append(record)
    await handle(actor_on(broker), [record])
    assert dead_letters_at_append == [1]
