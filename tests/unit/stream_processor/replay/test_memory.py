"""A replay holds a part of a history and what the scorer remembers, however long the history is."""

import dataclasses
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from flowserve_ml.features.definitions import DAY_SECONDS, HORIZON_SECONDS
from stream_processor.replay import ordered
from stream_processor.replay.history import History
from stream_processor.replay.repeats import Repeats
from stream_processor.replay.scored_file import write_scored
from stream_processor.replay.spool import Spool
from tests.unit.stream_processor.replay.histories import history_of, scored, transaction

ROWS = 64


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered, "_BLOCK_ROWS", 16)
    monkeypatch.setattr(ordered, "CHUNK_ROWS", ROWS)


def days(count: int) -> History:
    """Ten transactions a day, one of them a repeat of the day before."""
    asked = []
    for number in range(10 * count):
        repeated = number % 10 == 9 and number > 10
        name = number - 10 if repeated else number
        asked.append(transaction(name, number * DAY_SECONDS / 10, customer=f"c-{number % 3}"))
    return history_of(asked)


class Watched:
    """The tables of a history, and how many of them somebody holds."""

    def __init__(self, history: History) -> None:
        self._tables = history.tables
        self.alive = 0
        self.most = 0

    def __call__(self) -> Iterator[pa.Table]:
        for table in self._tables():
            copied = pa.table(table.columns, table.schema)
            self.alive += 1
            self.most = max(self.most, self.alive)
            weakref.finalize(copied, self._gone)
            del table
            yield copied
            del copied

    def _gone(self) -> None:
        self.alive -= 1


@pytest.mark.parametrize("count", [60, 240])
def test_scoring_holds_no_table_that_it_is_done_with(count: int, tmp_path: Path) -> None:
    history = days(count)
    watched = Watched(history)
    found = scored(dataclasses.replace(history, tables=watched))
    assert watched.most <= 2
    output = tmp_path / "scores.parquet"
    write_scored(output, found, {})
    file = pa.parquet.ParquetFile(output)
    assert file.metadata.num_rows == 10 * count
    assert file.metadata.row_group(0).num_rows <= 2 * ROWS
    assert file.metadata.num_row_groups >= 10 * count // (2 * ROWS)


def test_repeats_are_remembered_for_the_horizon_and_no_longer() -> None:
    repeats, known = Repeats(Spool()), []
    for table in days(240).tables():
        repeats.judge(table)
        known.append(len(repeats))
    most = 10 * HORIZON_SECONDS / DAY_SECONDS
    assert max(known) <= most + 2 * ROWS
    assert known[-2] >= most * 0.8


def test_what_was_set_aside_leaves_no_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    place = spool.put(pa.table({"row": np.arange(1_000)}))
    assert list(tmp_path.iterdir()) == []
    assert spool.get(place)["row"].to_pylist() == list(range(1_000))
