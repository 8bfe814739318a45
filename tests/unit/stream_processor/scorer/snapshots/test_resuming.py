"""Snapshot and tail equal a full rebuild and a worker that never stopped; any other snapshot is not used."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.counters import Counters
from schemas.topics import FEEDBACK, PREDICTIONS, REQUESTS
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.actor import PartitionActor
from stream_processor.scorer.snapshots import file, partition
from tests.support.actors import NOW_MS, actor_on
from tests.support.fake_log import FakeBroker, FakeRecord
from tests.support.histories import EVENTS, Event, history
from tests.support.records import body, remembered, request

NAME = "partition-0.snapshot"
ORDER, *NUMBERS = partition.RULES
OTHER_RULES = [
    (ORDER, *(value + (place == changed) for place, value in enumerate(NUMBERS)))
    for changed in range(len(NUMBERS))
]


async def nowhere(_: int) -> None:
    return


async def decide(actor: PartitionActor, records: Sequence[FakeRecord]) -> None:
    for first in range(0, len(records), 4):
        await actor.handle(cast(Any, records[first : first + 4]), 0, nowhere)


def known(state: PartitionState) -> tuple[object, ...]:
    _, reports, feedback_end = state.labels.content()
    declines = state.declines.content()
    return remembered(state), list(state.labels.unlabelled), reports, feedback_end, declines


def broker_with(records: Sequence[FakeRecord]) -> FakeBroker:
    broker = FakeBroker(clock_ms=lambda: NOW_MS)
    broker.log(REQUESTS, 0).extend(records)
    return broker


def report(broker: FakeBroker, number: int) -> None:
    value = {"transaction_id": f"tx-{number}", "customer_id": "c-1", "is_fraud": True}
    broker.append(FEEDBACK, 0, b"c-1", json.dumps(value).encode(), [])


@settings(max_examples=80, deadline=None)
@given(events=EVENTS, cut=st.integers(0, 40), data=st.data())
def test_snapshot_and_tail_equal_a_full_rebuild_and_a_worker_that_never_stopped(
    events: list[Event], cut: int, data: st.DataObject
) -> None:
    records = history(events)
    broker = broker_with(records)
    reported = data.draw(st.lists(st.integers(0, 12), max_size=4))

    async def lived(folder: Path) -> list[PartitionState]:
        steady = actor_on(broker, folder=folder)
        await decide(steady, records[:cut])
        for number in reported:
            report(broker, number)
        if cut:
            await steady.mature(0)
            await steady.snapshot()
        await decide(steady, records[cut:])
        counters = Counters()
        resumed, rebuilt = actor_on(broker, counters, folder=folder), actor_on(broker)
        for actor in (steady, resumed, rebuilt):
            await actor.mature(0)
        assert counters.values().get("flowserve_scorer_snapshots_loaded_total", 0) == (1 if cut else 0)
        return [actor.state for actor in (steady, resumed, rebuilt)]

    with TemporaryDirectory() as folder:
        steady, resumed, rebuilt = asyncio.run(lived(Path(folder)))
    assert known(resumed) == known(steady)
    assert known(rebuilt) == known(steady)


@pytest.fixture
async def saved(tmp_path: Path) -> FakeBroker:
    """Four transactions decided, and a snapshot of that in the folder of the test."""
    records = [request(place, body(place)) for place in range(4)]
    broker = broker_with(records)
    actor = actor_on(broker, folder=tmp_path)
    await decide(actor, records)
    report(broker, 1)
    await actor.mature(0)
    await actor.snapshot()
    assert (tmp_path / NAME).exists()
    return broker


async def started(broker: FakeBroker, folder: Path) -> tuple[PartitionState, dict[str, int]]:
    counters = Counters()
    actor = actor_on(broker, counters, folder=folder)
    await actor.mature(0)
    found = {name.split("_")[3]: count for name, count in counters.values().items() if "_snapshots_" in name}
    return actor.state, found


async def test_a_snapshot_spares_what_it_holds(saved: FakeBroker, tmp_path: Path) -> None:
    # Only the record that tells the log is left: a rebuild would know three customers' transactions less.
    rebuilt, _ = await started(saved, tmp_path / "elsewhere")
    del saved.log(PREDICTIONS, 0)[:3]
    state, found = await started(saved, tmp_path)
    assert found == {"loaded": 1}
    assert known(state) == known(rebuilt)


async def test_without_changes_no_snapshot_is_written_again(saved: FakeBroker, tmp_path: Path) -> None:
    counters = Counters()
    actor = actor_on(saved, counters, folder=tmp_path)
    await actor.mature(0)
    await actor.snapshot()
    await actor.snapshot()
    assert counters.values()["flowserve_scorer_snapshots_saved_total"] == 1


async def test_a_worker_that_knows_nothing_yet_writes_no_snapshot(saved: FakeBroker, tmp_path: Path) -> None:
    before = (tmp_path / NAME).read_bytes()
    await actor_on(saved, folder=tmp_path).snapshot()
    assert (tmp_path / NAME).read_bytes() == before


def rewritten(path: Path, **changes: object) -> None:
    """The same snapshot with another head, whole and with a right digest."""
    head, *rest = file.read(path)
    decoded = msgspec.msgpack.decode(head, type=partition.Head)
    changed = msgspec.structs.replace(decoded, **changes)
    file.write(path, [msgspec.msgpack.encode(changed), *rest], "scorer-0")


@pytest.mark.parametrize(
    "changes",
    [
        *({"rules": other} for other in OTHER_RULES),
        {"partition": 3},
        {"partitions": 12},
        {"customers": 2},
        {"unlabelled": 99},
    ],
    ids=str,
)
async def test_a_snapshot_of_other_rules_or_another_place_is_refused_and_the_log_is_used(
    saved: FakeBroker, tmp_path: Path, changes: dict[str, object]
) -> None:
    expected, _ = await started(saved, tmp_path / "elsewhere")
    rewritten(tmp_path / NAME, **changes)
    state, found = await started(saved, tmp_path)
    assert found == {"refused": 1}
    assert known(state) == known(expected)


async def test_a_snapshot_of_another_log_is_refused(saved: FakeBroker, tmp_path: Path) -> None:
    log = saved.log(PREDICTIONS, 0)
    log[-1] = replace(log[-1], timestamp=log[-1].timestamp + 1)
    _, found = await started(saved, tmp_path)
    assert found == {"refused": 1}


async def test_a_snapshot_whose_reports_are_of_another_log_is_refused(
    saved: FakeBroker, tmp_path: Path
) -> None:
    log = saved.log(FEEDBACK, 0)
    log[-1] = replace(log[-1], value=b"{}")
    _, found = await started(saved, tmp_path)
    assert found == {"refused": 1}


async def test_a_snapshot_older_than_what_the_log_keeps_is_refused(saved: FakeBroker, tmp_path: Path) -> None:
    records = [request(4 + place, body(4 + place)) for place in range(2)]
    saved.log(REQUESTS, 0).extend(records)
    await decide(actor_on(saved), records)
    del saved.log(PREDICTIONS, 0)[:4]
    _, found = await started(saved, tmp_path)
    assert found == {"refused": 1}


async def test_a_damaged_snapshot_is_refused_and_the_next_one_takes_its_place(
    saved: FakeBroker, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(b"flowserve snapshot 1\n" + b"\0" * 100)
    counters = Counters()
    actor = actor_on(saved, counters, folder=tmp_path)
    await actor.mature(0)
    await actor.snapshot()
    _, found = await started(saved, tmp_path)
    assert found == {"loaded": 1}


async def test_a_folder_that_cannot_be_written_is_counted_and_stops_nothing(
    saved: FakeBroker, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    counters = Counters()
    actor = actor_on(saved, counters, folder=blocked)
    await actor.mature(0)
    await actor.snapshot()
    assert counters.values()["flowserve_scorer_snapshots_failed_total"] == 1
