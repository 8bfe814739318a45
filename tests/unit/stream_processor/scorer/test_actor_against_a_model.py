"""Random orders of fetches, drops, rebalances, crashes, zombies and lost answers, judged by the oracle."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.topics import PREDICTIONS, REPLIES, REQUESTS
from stream_processor.scorer.actor import PartitionActor
from tests.support.actors import NOW_MS, actor_on
from tests.support.fake_log import FakeBroker, FakeRecord
from tests.support.oracle import judge

CALM = ("none", "none", "none", "drop", "back", "rebalance", "crash", "snapshot", "swap", "swap")
FAULTS = (*CALM, "zombie", "race", "lost_answer")
TWICE_SWAPPED = [("none", 3), ("swap", 3), ("none", 3), ("none", 3), ("swap", 3), *[("none", 3)] * 4]


@dataclass
class World:
    """Two workers with one folder of snapshots, a consumer position and the assignment counter."""

    broker: FakeBroker
    folder: Path
    actors: list[PartitionActor]
    active: int = 0
    position: int = 0
    assignment: int = 0
    sent_back: list[int] = field(default_factory=list)

    @property
    def requests(self) -> list[FakeRecord]:
        return self.broker.log(REQUESTS, 0)

    def fetch(self, most: int) -> list[FakeRecord]:
        batch = [record for record in self.requests if record.offset >= self.position][:most]
        if batch:
            self.position = batch[-1].offset + 1
        return batch

    async def handle(self, who: int, batch: list[FakeRecord]) -> None:
        async def send_back(offset: int) -> None:
            self.position = offset

        if batch:
            await self.actors[who].handle(cast(Any, batch), self.assignment, send_back)


def world(bodies: list[tuple[int, int, int, int]], holes: set[int], folder: str) -> World:
    broker = FakeBroker(clock_ms=lambda: NOW_MS)
    for place, (number, customer, amount, age) in enumerate(bodies):
        moment = NOW_MS // 1000 - 86_400 * 10 + place * 60 - age * 3_600
        body = {
            "transaction_id": f"tx-{number}",
            "customer_id": f"c-{customer}",
            "terminal_id": "t-1",
            "amount": amount,
            "currency": "EUR",
            "occurred_at": f"{_rfc3339(moment)}",
        }
        headers = [("correlation_id", str(place).encode()), ("reply_partition", b"0")]
        broker.append(REQUESTS, 0, f"c-{customer}".encode(), json.dumps(body).encode(), headers)
    log = broker.log(REQUESTS, 0)
    log[:] = [record for record in log if record.offset not in holes or record.offset == len(bodies) - 1]
    actors = [actor_on(broker, folder=Path(folder)) for _ in range(2)]
    return World(broker, Path(folder), actors)


def _rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def run(scene: World, steps: list[tuple[str, int]]) -> None:
    for fault, size in steps:
        other = 1 - scene.active
        if fault == "drop":
            scene.fetch(size)
            continue
        if fault == "back":
            scene.position = max(0, scene.position - size)
        elif fault == "rebalance":
            scene.assignment += 1
            scene.position = max(0, scene.position - size)
        elif fault == "swap":
            scene.assignment += 1
            scene.active = other
            scene.position = max(0, scene.position - size)
        elif fault == "crash":
            scene.actors[scene.active] = actor_on(scene.broker, folder=scene.folder)
            scene.position = max(0, scene.position - 2 * size)
        elif fault == "snapshot":
            await scene.actors[scene.active].snapshot()
        elif fault == "zombie":
            # The other worker goes on with the state it had, as after a long pause.
            zombie = scene.actors[other]
            await zombie.handle(
                cast(Any, scene.fetch(size) or scene.requests[-1:]), zombie._assignment, _nowhere
            )
            scene.position = max(0, scene.position - size)
        elif fault == "lost_answer":
            scene.broker.lose_answer = 1
        batch = scene.fetch(size)
        if fault == "race":
            await asyncio.gather(scene.handle(scene.active, batch), scene.handle(other, batch))
        else:
            await scene.handle(scene.active, batch)
    scene.broker.lose_answer = 0
    for _ in range(3 * len(scene.requests) + 10):
        batch = scene.fetch(5)
        if not batch:
            scene.position = scene.actors[scene.active].state.next
            batch = scene.fetch(5)
            if not batch:
                return
        await scene.handle(scene.active, batch)
    raise AssertionError("the actor makes no progress")


async def _nowhere(_: int) -> None:
    return


BODIES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 3), st.sampled_from([0, 500, 9_000]), st.integers(0, 30)),
    min_size=1,
    max_size=25,
)
HOLES = st.sets(st.integers(0, 24), max_size=3)


def steps(faults: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(faults), st.integers(1, 6)), max_size=20)


@settings(max_examples=150, deadline=None)
@given(bodies=BODIES, holes=HOLES, steps=steps(FAULTS))
@example(bodies=[(0, 0, 0, 0)] * 3, holes=set(), steps=[("drop", 3), ("back", 1), ("drop", 2)])
def test_whatever_happens_every_request_is_decided_as_by_a_single_thread(
    bodies: list[tuple[int, int, int, int]], holes: set[int], steps: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        scene = world(bodies, holes, folder)
        asyncio.run(run(scene, steps))
    verdict = judge({0: cast(Any, scene.requests)}, {0: cast(Any, scene.broker.log(PREDICTIONS, 0))})
    assert verdict.undecided == 0
    assert verdict.wrong == []
    assert wrong_replies(scene) == []


@settings(max_examples=60, deadline=None)
@given(bodies=BODIES, holes=HOLES, steps=steps(CALM))
@example(bodies=[(n, 0, 500, 0) for n in range(20)], holes=set(), steps=TWICE_SWAPPED)
def test_without_a_second_writer_nothing_is_written_twice(
    bodies: list[tuple[int, int, int, int]], holes: set[int], steps: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        scene = world(bodies, holes, folder)
        asyncio.run(run(scene, steps))
    verdict = judge({0: cast(Any, scene.requests)}, {0: cast(Any, scene.broker.log(PREDICTIONS, 0))})
    assert verdict.repeats == 0


def wrong_replies(scene: World) -> list[str]:
    """Replies that are not the first answer to the very transaction that asked."""
    first: dict[str, bytes | None] = {}
    seen: set[int] = set()
    for record in scene.broker.log(PREDICTIONS, 0):
        headers = dict(record.headers)
        offset = json.loads(headers["fold"])[1]
        if headers["status"] == b"scored" and offset not in seen:
            first[json.loads(record.value or b"")["prediction_id"]] = record.value
        seen.add(offset)
    wrong = []
    asked = {record.offset: json.loads(record.value or b"") for record in scene.requests}
    for reply in scene.broker.log(REPLIES, 0):
        headers = dict(reply.headers)
        answer = json.loads(reply.value or b"")
        request = asked[int(headers["correlation_id"])]
        if headers["status"] == b"rejected":
            continue
        if (
            answer["transaction_id"] != request["transaction_id"]
            or reply.value != first[answer["prediction_id"]]
        ):
            wrong.append(f"{headers['correlation_id']!r} was answered with {answer['transaction_id']}")
    return wrong
