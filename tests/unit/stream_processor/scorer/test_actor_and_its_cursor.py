"""What an actor does with a fetch that does not fit its cursor, what it counts, and when it tidies up."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from flowserve_ml.runtime import Floats
from schemas.counters import Counters
from schemas.topics import PREDICTIONS, REPLIES, REQUESTS
from stream_processor.pipeline.memory import NOTHING
from stream_processor.scorer.actor import PartitionActor
from tests.support.actors import actor_on
from tests.support.fake_log import FakeBroker, FakeRecord
from tests.support.histories import DAY
from tests.support.records import NOW, Wire, body, request


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker(clock_ms=lambda: NOW * 1_000)


@pytest.fixture
def counters() -> Counters:
    return Counters()


def asked(broker: FakeBroker, offsets: Sequence[int], wire: Wire = (), at: int = NOW) -> list[FakeRecord]:
    records = [request(offset, body(offset, at=at), wire, arrived=at) for offset in offsets]
    broker.log(REQUESTS, 0).extend(records)
    return records


async def handle(actor: PartitionActor, records: Sequence[FakeRecord], assignment: int = 0) -> list[int]:
    """Where the consumer was sent back to."""
    sent_back: list[int] = []

    async def send_back(offset: int) -> None:
        sent_back.append(offset)

    assert await actor.handle(cast(Any, records), assignment, send_back) == actor.state.next
    return sent_back


async def test_a_consumer_that_reads_far_below_the_cursor_is_told_to_skip_what_is_decided(
    broker: FakeBroker,
) -> None:
    actor = actor_on(broker)
    records = asked(broker, range(3))
    await handle(actor, records)
    actor.state.next = 10_002
    assert await handle(actor, records) == []
    assert await handle(actor, records[:2]) == [10_002]


async def test_a_fetch_that_begins_beyond_the_next_request_is_fetched_again_from_it(
    broker: FakeBroker, counters: Counters
) -> None:
    actor = actor_on(broker, counters)
    records = asked(broker, range(4))
    assert await handle(actor, records[2:]) == [0]
    assert broker.log(PREDICTIONS, 0) == []
    assert counters.values()["flowserve_scorer_sent_back_total"] == 1


async def test_offsets_that_the_broker_does_not_have_are_passed_over_and_counted(
    broker: FakeBroker, counters: Counters
) -> None:
    actor = actor_on(broker, counters)
    await handle(actor, asked(broker, [0]))
    assert await handle(actor, asked(broker, [4])) == []
    assert (actor.state.next, len(broker.log(PREDICTIONS, 0))) == (5, 2)
    assert counters.values()["flowserve_scorer_holes_total"] == 3


async def test_offsets_that_are_missing_are_counted_once_however_often_their_successor_is_tried(
    broker: FakeBroker, counters: Counters
) -> None:
    def refuse() -> None:
        raise ConnectionError("no broker")

    actor = actor_on(broker, counters, batch_seconds=0.05)
    await handle(actor, asked(broker, [0]))
    broker.before_append, records = refuse, asked(broker, [4])
    with pytest.raises(TimeoutError):
        await handle(actor, records)
    broker.before_append = lambda: None
    actor._around = replace(actor._around, batch_seconds=60)
    await handle(actor, records)
    assert (actor.state.next, counters.values()["flowserve_scorer_holes_total"]) == (5, 3)


async def test_what_another_worker_decided_first_is_counted_and_answered_from_the_log(
    broker: FakeBroker, counters: Counters
) -> None:
    first, second = actor_on(broker), actor_on(broker, counters)
    await second.mature(0)
    records = asked(broker, [0], [("correlation_id", b"mine"), ("reply_partition", b"0")])
    await handle(first, records)
    await handle(second, records)
    assert counters.values()["flowserve_scorer_foreign_writes_total"] == 1
    assert "flowserve_scorer_batches_total" not in counters.values()
    replies = broker.log(REPLIES, 0)
    assert [reply.value for reply in replies] == [broker.log(PREDICTIONS, 0)[0].value] * 2


async def test_a_failure_that_passes_is_counted_and_costs_the_producer(
    broker: FakeBroker, counters: Counters
) -> None:
    actor = actor_on(broker, counters)
    await actor.mature(0)
    before = await actor._around.writer.producer()
    broker.lose_answer = 1
    await handle(actor, asked(broker, [0]))
    assert counters.values()["flowserve_scorer_kafka_failures_total"] == 1
    assert await actor._around.writer.producer() is not before
    assert len(broker.log(PREDICTIONS, 0)) == 1


async def test_each_batch_is_counted_and_timed(broker: FakeBroker, counters: Counters) -> None:
    began = asyncio.get_running_loop().time()
    actor = actor_on(broker, counters)
    for offset in range(2):
        await handle(actor, asked(broker, [offset]))
    await handle(actor, broker.log(REQUESTS, 0))  # nothing of it is left to decide
    assert counters.values()["flowserve_scorer_batches_total"] == 2
    lines = dict(line.rsplit(" ", 1) for line in counters.text().splitlines())
    assert float(lines["flowserve_scorer_batch_seconds_count"]) == 2
    took = asyncio.get_running_loop().time() - began
    assert 0 < float(lines["flowserve_scorer_batch_seconds_sum"]) < took


async def test_the_rows_of_a_batch_are_left_to_the_watch_of_drift_with_the_time_of_its_first(
    broker: FakeBroker,
) -> None:
    actor, left = actor_on(broker), []

    class Watch:
        def note(self, rows: Floats, received_ms: int) -> None:
            left.append((len(rows), received_ms))

    actor._around = replace(actor._around, drift=cast(Any, Watch()))
    await handle(actor, [*asked(broker, [0]), *asked(broker, [1], at=NOW + 5)])
    assert left == [(2, NOW * 1_000)]


async def test_the_customers_of_long_ago_are_let_go_once_a_day_of_event_time(broker: FakeBroker) -> None:
    actor = actor_on(broker)
    left = []
    for offset, at in enumerate((NOW, NOW + DAY - 1, NOW + DAY, NOW + DAY + 1)):
        actor.state.customers["default\0long-ago"] = NOTHING
        await handle(actor, asked(broker, [offset], at=at))
        left.append("default\0long-ago" in actor.state.customers)
    assert left == [False, True, False, True]


async def test_after_a_rebuild_and_only_then_an_actor_pauses_for_the_others(
    broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []
    sleep = asyncio.sleep

    async def pause(seconds: float) -> None:
        paused.append(seconds)
        await sleep(0)

    def actor_with(seconds: float) -> PartitionActor:
        actor = actor_on(broker)
        actor._around = replace(actor._around, rebuild_pause_seconds=seconds)
        return actor

    monkeypatch.setattr(asyncio, "sleep", pause)
    for seconds in (7.0, 8.0):  # of the first nothing is rebuilt: the log is empty still
        actor = actor_with(seconds)
        await handle(actor, asked(broker, [len(broker.log(REQUESTS, 0))]), assignment=0)
        await handle(actor, broker.log(REQUESTS, 0), assignment=1)
    assert [seconds for seconds in paused if seconds >= 7] == [8.0]
