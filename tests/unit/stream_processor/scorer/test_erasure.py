"""A customer who is forgotten is a stranger afterwards: live, after a rebuild, and from a snapshot."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from schemas.counters import Counters
from schemas.erasure import encode_erasure
from schemas.topics import FEEDBACK, PREDICTIONS, REQUESTS
from stream_processor.scorer.actor import PartitionActor
from tests.support.actors import NOW_MS, actor_on
from tests.support.fake_log import FakeBroker, FakeRecord
from tests.support.records import body, remembered, request


async def nowhere(_: int) -> None:
    return


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker(clock_ms=lambda: NOW_MS)


def ask(broker: FakeBroker, numbers: Sequence[int], customer: str = "c-1") -> list[FakeRecord]:
    """Requests at the end of the log."""
    first = len(broker.log(REQUESTS, 0))
    records = [request(first + place, body(number, customer)) for place, number in enumerate(numbers)]
    broker.log(REQUESTS, 0).extend(records)
    return records


async def decide(actor: PartitionActor, records: list[FakeRecord]) -> list[dict[str, Any]]:
    """The outcomes."""
    await actor.handle(cast(Any, records), 0, nowhere)
    log = actor._around.reader._broker.log(PREDICTIONS, 0)  # type: ignore[attr-defined]
    return [json.loads(record.value) for record in log[-len(records) :]]


def erase(broker: FakeBroker, customer: str, client: str = "default") -> None:
    key, value, wire = encode_erasure(customer, client)
    broker.append(FEEDBACK, 0, key, value, wire)


def month(outcome: dict[str, Any]) -> float:
    """How many transactions of the customer the last 30 days had."""
    return float(outcome["features"]["customer_count_30d"])


async def test_the_next_transaction_of_the_customer_is_the_first_and_others_keep_their_history(
    broker: FakeBroker,
) -> None:
    actor = actor_on(broker)
    await decide(actor, ask(broker, [1, 2, 3]) + ask(broker, [4, 5], "c-2"))
    erase(broker, "c-1")
    await actor.mature(0)
    (forgotten,) = await decide(actor, ask(broker, [6]))
    (other,) = await decide(actor, ask(broker, [7], "c-2"))
    assert (month(forgotten), month(other)) == (1, 3)


async def test_a_repeat_of_what_was_forgotten_is_decided_anew(broker: FakeBroker) -> None:
    actor = actor_on(broker)
    await decide(actor, ask(broker, [1]))
    erase(broker, "c-1")
    await actor.mature(0)
    assert [entry["status"] for entry in await decide(actor, ask(broker, [1, 1]))] == ["scored", "duplicate"]


async def test_another_client_s_customer_of_that_name_is_not_touched(broker: FakeBroker) -> None:
    actor = actor_on(broker)
    await decide(actor, ask(broker, [1, 2]))
    erase(broker, "c-1", "alpha")
    await actor.mature(0)
    assert month((await decide(actor, ask(broker, [3])))[0]) == 3


async def test_a_rebuild_and_a_snapshot_forget_what_the_worker_forgot_and_nothing_after_it(
    broker: FakeBroker, tmp_path: Path
) -> None:
    steady = actor_on(broker, folder=tmp_path)
    await decide(steady, ask(broker, [1, 2]))
    erase(broker, "c-1")
    await steady.mature(0)
    await steady.snapshot()
    await decide(steady, ask(broker, [3, 4]))
    (expected,) = await decide(steady, ask(broker, [5]))
    assert month(expected) == 3
    for folder in (None, tmp_path):
        again = actor_on(broker, folder=folder)
        await again.mature(0)
        assert remembered(again.state) == remembered(steady.state)
        assert again.state.erasures_done == steady.state.erasures_done


async def test_an_erasure_that_was_read_and_not_done_is_in_the_snapshot(
    broker: FakeBroker, tmp_path: Path
) -> None:
    actor = actor_on(broker, folder=tmp_path)
    await decide(actor, ask(broker, [1, 2]))
    erase(broker, "c-1")
    await actor._around.catch_up.read_reports(0, actor.state, NOW_MS)
    assert actor.state.erasures_asked
    await actor.snapshot()
    again = actor_on(broker, folder=tmp_path)
    await again.mature(0)
    assert month((await decide(again, ask(broker, [3])))[0]) == 1


async def test_it_is_done_once_however_often_it_is_read_or_the_worker_starts(broker: FakeBroker) -> None:
    actor = actor_on(broker)
    await decide(actor, ask(broker, [1]))
    erase(broker, "c-1")
    for _ in range(3):
        await actor.mature(0)
    await actor_on(broker).mature(0)
    assert len(broker.log(PREDICTIONS, 0)) == 2


async def test_asked_for_again_later_it_is_done_again(broker: FakeBroker) -> None:
    counters = Counters()
    actor = actor_on(broker, counters)
    for number in (1, 2):
        await decide(actor, ask(broker, [number]))
        broker.clock_ms = lambda number=number: NOW_MS + number  # type: ignore[misc]
        erase(broker, "c-1")
        await actor.mature(0)
    assert counters.values()["flowserve_scorer_erased_total"] == 2
    assert month((await decide(actor, ask(broker, [3])))[0]) == 1


async def test_where_another_worker_writes_in_between_nothing_is_forgotten_by_halves(
    broker: FakeBroker,
) -> None:
    first, second = actor_on(broker), actor_on(broker)
    await decide(first, ask(broker, [1, 2]))
    await second.mature(0)
    erase(broker, "c-1")
    # The second does not know yet what the first has just written.
    await decide(first, ask(broker, [3]))
    await second.mature(0)
    await second.mature(0)
    await first.mature(0)
    assert remembered(second.state)[2:] == remembered(first.state)[2:]
    assert month((await decide(second, ask(broker, [4])))[0]) == 1


@pytest.mark.parametrize("value", [b"", b"{", b'{"customer_id": ""}', b'{"customer_id": 5}', b"[]"])
async def test_an_erasure_of_nobody_is_counted_and_passed_over(broker: FakeBroker, value: bytes) -> None:
    counters = Counters()
    actor = actor_on(broker, counters)
    await decide(actor, ask(broker, [1]))
    broker.append(FEEDBACK, 0, b"c-1", value, [("event", b"erasure")])
    await actor.mature(0)
    assert counters.values()["flowserve_scorer_unreadable_reports_total"] == 1
    assert month((await decide(actor, ask(broker, [2])))[0]) == 2


@pytest.mark.parametrize("client", [b"", b"two words", b"\xff", b"4012888888881881"])
async def test_an_erasure_for_a_client_that_cannot_be_is_counted_and_its_name_goes_nowhere(
    broker: FakeBroker, client: bytes
) -> None:
    counters = Counters()
    actor = actor_on(broker, counters)
    await decide(actor, ask(broker, [1]))
    wire = [("event", b"erasure"), ("client_id", client)]
    broker.append(FEEDBACK, 0, b"c-1", b'{"customer_id": "c-1"}', wire)
    await actor.mature(0)
    assert counters.values()["flowserve_scorer_unreadable_reports_total"] == 1
    assert len(broker.log(PREDICTIONS, 0)) == 1
