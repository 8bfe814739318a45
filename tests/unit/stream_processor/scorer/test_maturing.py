"""Final labels reach `terminal-history` exactly as the logs say, whoever publishes them, however often."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowserve_ml.features.terminal import UNSEEN_TERMINAL, TerminalHistory
from schemas.outcomes import fold_decoder
from schemas.terminal_history import Matured, decoder
from schemas.topics import FEEDBACK, PREDICTIONS, REQUESTS, TERMINAL_HISTORY, TERMINAL_HISTORY_PARTITIONS
from stream_processor.pipeline.admit import partition_of
from stream_processor.pipeline.labels import NOTHING_PUBLISHED
from stream_processor.scorer.actor import PartitionActor
from tests.support.actors import actor_on
from tests.support.fake_log import FakeBroker, FakeRecord
from tests.support.records import NOW, body, request

DAY = 86_400
HOUR = 3_600
WEEK = 7 * DAY


@dataclass
class Clock:
    now: int = NOW

    def ms(self) -> int:
        return self.now * 1_000


class Scene:
    """One partition, a clock, and the actor of the moment."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock_ms=self.clock.ms)
        self.actors = [actor_on(self.broker), actor_on(self.broker)]
        self.active = 0
        self.assignment = 0
        self.number = 0

    @property
    def actor(self) -> PartitionActor:
        return self.actors[self.active]

    async def score(self, terminal: int, age: int) -> FakeRecord:
        self.number += 1
        content = body(self.number, "c-1", at=self.clock.now - age) | {"terminal_id": f"t-{terminal}"}
        log = self.broker.log(REQUESTS, 0)
        log.append(request(len(log), content, arrived=self.clock.now))
        await self.actor.handle(cast(Any, log[-1:]), self.assignment, _nowhere)
        return log[-1]

    def report(self, number: int, is_fraud: bool) -> None:
        content = {"transaction_id": f"tx-{number}", "customer_id": "c-1", "is_fraud": is_fraud}
        self.broker.append(FEEDBACK, 0, b"c-1", json.dumps(content).encode(), [])

    async def mature(self) -> None:
        await self.actor.mature(self.assignment)

    def hand_over(self) -> None:
        self.assignment += 1
        self.active = 1 - self.active

    def crash(self) -> None:
        self.actors[self.active] = actor_on(self.broker)

    def published(self) -> list[Matured]:
        return [decoder.decode(record.value or b"") for record in self.history()]

    def history(self) -> list[FakeRecord]:
        """Of all partitions."""
        partitions = range(TERMINAL_HISTORY_PARTITIONS)
        return [record for number in partitions for record in self.broker.log(TERMINAL_HISTORY, number)]

    def facts(self) -> set[tuple[str, int, bool, bool, int]]:
        return {(row.terminal_id, row.at, row.fraud, row.ordinary, row.offset) for row in self.published()}

    def expected(self) -> set[tuple[str, int, bool, bool, int]]:
        """From the raw logs, by the definitions."""
        found = set()
        for record in self.broker.log(PREDICTIONS, 0):
            fold = fold_decoder.decode(dict(record.headers)["fold"])
            due = fold.at + WEEK
            if not fold.client_id or due > self.clock.now - 60:
                continue
            name = json.loads(record.value or b"")["transaction_id"]
            said = [
                json.loads(report.value or b"")["is_fraud"]
                for report in self.broker.log(FEEDBACK, 0)
                if json.loads(report.value or b"")["transaction_id"] == name
                and report.timestamp // 1_000 <= due
            ]
            plain = fold.ratio < 2.2 and fold.cents <= 22_000
            found.add((fold.terminal_id, fold.at, bool(said) and said[-1], plain, fold.offset))
        return found


async def _nowhere(_: int) -> None:
    raise AssertionError("sent back")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("score"), st.integers(0, 2), st.sampled_from([0, HOUR, 3 * DAY, WEEK, 30 * DAY])),
        st.tuples(st.just("report"), st.integers(1, 8), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([1, 59, 60, HOUR, DAY, 3 * DAY, WEEK]), st.just(0)),
        st.tuples(st.sampled_from(["mature", "crash", "hand_over"]), st.just(0), st.just(0)),
    ),
    max_size=30,
)


async def play(scene: Scene, steps: list[tuple[str, int, Any]]) -> None:
    for kind, first, second in steps:
        if kind == "score":
            await scene.score(first, second)
        elif kind == "report":
            scene.report(first, second)
        elif kind == "wait":
            scene.clock.now += first
        elif kind == "mature":
            await scene.mature()
        elif kind == "crash":
            scene.crash()
        else:
            scene.hand_over()


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
@example(steps=[("score", 1, 0), ("wait", WEEK, 0), ("report", 1, True), ("wait", 60, 0), ("mature", 0, 0)])
@example(steps=[("score", 1, 0), ("wait", WEEK, 0), ("wait", 1, 0), ("report", 1, True), ("wait", HOUR, 0)])
def test_what_is_published_is_what_the_logs_say_whoever_published_it(
    steps: list[tuple[str, int, Any]],
) -> None:
    scene = Scene()

    async def run() -> None:
        await play(scene, steps)
        await scene.mature()

    asyncio.run(run())
    assert scene.facts() == scene.expected()


async def test_a_new_owner_goes_on_where_the_log_says_the_old_one_stood() -> None:
    scene = Scene()
    for _ in range(3):
        await scene.score(1, 20 * DAY)
    await scene.mature()
    scene.clock.now += HOUR
    await scene.score(1, 20 * DAY)
    await scene.mature()
    before = len(scene.published())
    scene.crash()
    await scene.mature()
    # Only the last round may come again: its end is told by the round after it.
    assert len(scene.published()) - before <= 1


async def test_each_terminal_has_its_partition_by_the_default_partitioner() -> None:
    scene = Scene()
    for terminal in range(20):
        await scene.score(terminal, 20 * DAY)
    await scene.mature()
    found = {(record.key, record.partition) for record in scene.history()}
    keys = [f"t-{terminal}".encode() for terminal in range(20)]
    assert found == {(key, partition_of(key, TERMINAL_HISTORY_PARTITIONS)) for key in keys}
    assert len({partition for _, partition in found}) == TERMINAL_HISTORY_PARTITIONS


async def test_an_error_while_publishing_loses_nothing() -> None:
    scene = Scene()
    await scene.score(1, 20 * DAY)
    labels = scene.actor.state.labels
    entries = labels.due(scene.clock.now, NOTHING_PUBLISHED, 10)
    labels.put_back([(entries[0][0], True)])
    await scene.mature()
    assert [row.fraud for row in scene.published()] == [True]


async def test_the_next_transaction_sees_what_its_terminal_has_learned() -> None:
    scene = Scene()
    first = await scene.score(1, 0)
    scene.report(1, True)
    scene.clock.now += WEEK + 2 * HOUR
    await scene.mature()
    scene.crash()
    second = await scene.score(1, 0)
    answers = [json.loads(record.value or b"")["features"] for record in scene.broker.log(PREDICTIONS, 0)]
    names = ("terminal_last_label", "terminal_run_age", "terminal_run_ordinary", "terminal_since_genuine")
    assert tuple(answers[0][name] for name in names) == UNSEEN_TERMINAL
    history = TerminalHistory()
    history.add(first.timestamp // 1_000, True, True, 0)
    assert tuple(answers[1][name] for name in names) == history.view(second.timestamp // 1_000)
    assert answers[1]["terminal_last_label"] == 1


async def test_an_unreadable_report_is_passed_over() -> None:
    scene = Scene()
    await scene.score(1, 20 * DAY)
    scene.broker.append(FEEDBACK, 0, b"c-1", b"{", [])
    scene.broker.append(FEEDBACK, 0, None, None, [("client_id", b"\xff")])
    await scene.mature()
    assert len(scene.published()) == 1
