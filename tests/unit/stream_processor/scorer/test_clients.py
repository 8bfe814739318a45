"""Who may ask: the list of clients as an actor reads it, before it refuses anybody."""

import asyncio
import json
from typing import Any, cast

import pytest

from schemas.clients import client_record, read_client
from schemas.topics import CLIENTS, PREDICTIONS, REQUESTS
from stream_processor.scorer.actor import PartitionActor
from tests.support.actors import NOW_MS, actor_on
from tests.support.fake_log import FakeBroker
from tests.support.records import Wire, body, request

ACME: Wire = [("client_id", b"acme")]


def listed(broker: FakeBroker, name: str, active: bool = True) -> None:
    key, value = client_record(name, active)
    broker.append(CLIENTS, 0, key, value, [])


async def ask(broker: FakeBroker, actor: PartitionActor, *wires: Wire) -> list[str]:
    """The outcomes of one batch: a status, or the code of the refusal."""
    log = broker.log(REQUESTS, 0)
    first = len(log)
    log.extend(request(first + place, body(first + place), wire) for place, wire in enumerate(wires))
    await actor.handle(cast(Any, log[first:]), 0, nowhere)
    outcomes = [json.loads(record.value or b"") for record in broker.log(PREDICTIONS, 0)[first:]]
    return [outcome.get("problem", {}).get("code", outcome["status"]) for outcome in outcomes]


async def nowhere(offset: int) -> None:
    raise AssertionError(f"sent back to {offset}")


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker(clock_ms=lambda: NOW_MS)


async def test_only_default_may_ask_where_nobody_was_listed(broker: FakeBroker) -> None:
    assert await ask(broker, actor_on(broker), [], ACME, []) == ["scored", "unknown_client", "scored"]


async def test_a_client_that_was_listed_before_the_first_batch_is_known(broker: FakeBroker) -> None:
    listed(broker, "acme")
    assert await ask(broker, actor_on(broker), ACME) == ["scored"]


async def test_a_client_that_was_listed_a_moment_ago_is_never_refused(broker: FakeBroker) -> None:
    actor = actor_on(broker)
    assert await ask(broker, actor, ACME) == ["unknown_client"]
    listed(broker, "acme")
    assert await ask(broker, actor, [], ACME) == ["scored", "scored"]


async def test_what_another_partition_read_meanwhile_counts_as_well(broker: FakeBroker) -> None:
    actor = actor_on(broker)
    assert await ask(broker, actor, ACME) == ["unknown_client"]
    listed(broker, "acme")
    reading = asyncio.create_task(actor._around.client_log.refresh())
    await asyncio.sleep(0)
    assert await ask(broker, actor, ACME) == ["scored"]
    await reading


async def test_a_removed_client_is_refused_from_the_next_look_at_the_list(broker: FakeBroker) -> None:
    listed(broker, "acme")
    actor = actor_on(broker)
    assert await ask(broker, actor, ACME) == ["scored"]
    listed(broker, "acme", active=False)
    listed(broker, "default", active=False)
    await actor._around.client_log.refresh()
    assert await ask(broker, actor, ACME, []) == ["unknown_client", "unknown_client"]


async def test_a_decision_stays_whatever_the_list_says_later(broker: FakeBroker) -> None:
    assert await ask(broker, actor_on(broker), ACME) == ["unknown_client"]
    listed(broker, "acme")
    again = actor_on(broker)
    await again.handle(cast(Any, broker.log(REQUESTS, 0)), 0, nowhere)
    assert len(broker.log(PREDICTIONS, 0)) == 1
    assert again.state.next == 1


async def test_a_record_of_the_list_that_cannot_be_read_changes_nothing(broker: FakeBroker) -> None:
    for key, value in ((b"acme", b"{"), (b"\xff", b"{}"), (None, None), (b"two words", b'{"active":true}')):
        broker.append(CLIENTS, 0, key, value, [])
    listed(broker, "shop")
    shop: Wire = [("client_id", b"shop")]
    assert await ask(broker, actor_on(broker), ACME, shop, []) == ["unknown_client", "scored", "scored"]


def test_a_record_without_value_takes_a_client_off_the_list() -> None:
    assert read_client(b"acme", None) == ("acme", False)
    assert read_client(*client_record("acme", True)) == ("acme", True)
