"""The book of terminals from a snapshot and the tail equals the book of the whole log."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.counters import Counters
from schemas.terminal_history import VERSION, Matured, encoder
from schemas.topics import TERMINAL_HISTORY
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.snapshots.keeper import Snapshots
from stream_processor.scorer.terminal_log import TerminalLog
from tests.support.actors import NOW_MS
from tests.support.fake_log import FakeBroker, FakeReader

NOW = NOW_MS // 1_000
DAY = 86_400
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(8, 40), st.booleans(), st.booleans()), max_size=25)


def terminal_log(broker: FakeBroker, folder: Path, counters: Counters) -> TerminalLog:
    reader = cast(Any, FakeReader(broker))
    return TerminalLog(reader, TerminalBook(), Snapshots(folder, "scorer-0", 1, reader, counters))


def publish(broker: FakeBroker, rows: list[tuple[int, int, bool, bool]], first: int) -> None:
    for place, (terminal, days, fraud, ordinary) in enumerate(rows, first):
        at = NOW - days * DAY + place
        matured = Matured(VERSION, "default", f"t-{terminal}", at, fraud, ordinary, 0, place, NOW, place)
        broker.append(TERMINAL_HISTORY, terminal % 4, b"", encoder.encode(matured), [])


def content(log: TerminalLog) -> object:
    terminals, progress = log.book.content()
    return dict(terminals), progress


@settings(max_examples=60, deadline=None)
@given(before=ROWS, after=ROWS, settled=st.booleans())
async def test_snapshot_and_tail_equal_the_whole_log(
    tmp_path_factory: pytest.TempPathFactory, before: list[Any], after: list[Any], settled: bool
) -> None:
    folder = tmp_path_factory.mktemp("snapshots")
    broker = FakeBroker(clock_ms=lambda: NOW_MS)
    steady = terminal_log(broker, folder, Counters())
    publish(broker, before, 0)
    await steady.refresh(NOW_MS)
    if settled:
        steady.book.settle(NOW)
    await steady.snapshot()
    publish(broker, after, len(before))
    await steady.refresh(NOW_MS)
    counters = Counters()
    resumed = terminal_log(broker, folder, counters)
    await resumed.refresh(NOW_MS)
    assert content(resumed) == content(steady)
    assert counters.values().get("flowserve_scorer_snapshots_refused_total", 0) == 0


async def test_a_snapshot_of_another_log_is_refused_and_the_log_is_read(tmp_path: Path) -> None:
    broker = FakeBroker(clock_ms=lambda: NOW_MS)
    publish(broker, [(0, 10, True, True), (1, 9, False, True)], 0)
    steady = terminal_log(broker, tmp_path, Counters())
    await steady.refresh(NOW_MS)
    await steady.snapshot()
    log = broker.log(TERMINAL_HISTORY, 1)
    log[-1] = replace(log[-1], timestamp=NOW_MS - 1)
    counters = Counters()
    resumed = terminal_log(broker, tmp_path, counters)
    await resumed.refresh(NOW_MS)
    assert counters.values() == {"flowserve_scorer_snapshots_refused_total": 1}
    assert content(resumed) == content(steady)
