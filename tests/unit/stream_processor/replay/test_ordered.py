"""Rows are sorted on disk: in the order asked for, and no more of them in memory than a part needs."""

import random
from collections.abc import Iterable
from itertools import chain

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.replay import ordered
from stream_processor.replay.ordered import Ordered
from stream_processor.replay.spool import Place, Spool

BLOCK, CHUNK = 4, 16


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered, "_BLOCK_ROWS", BLOCK)
    monkeypatch.setattr(ordered, "CHUNK_ROWS", CHUNK)


class WatchedSpool(Spool):
    """Says how many rows were read from it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = 0

    def get(self, place: Place) -> pa.Table:
        table = super().get(place)
        self.rows += len(table)
        return table


def gathered(tables: Iterable[list[tuple[int, int]]], spool: Spool | None = None) -> Ordered:
    """Rows with the columns `time` and `row`, by both."""
    found = Ordered(spool or Spool(), "time", "row")
    for rows in tables:
        found.add(pa.table({"time": [t for t, _ in rows], "row": pa.array([row for _, row in rows])}))
    return found


def pairs(table: pa.Table) -> list[tuple[int, int]]:
    return list(zip(table["time"].to_pylist(), table["row"].to_pylist(), strict=True))


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=40), max_size=8))
def test_rows_come_in_order_whatever_tables_they_were_in(tables: list[list[int]]) -> None:
    numbers = iter(range(1_000))
    added = [[(time, next(numbers)) for time in times] for times in tables]
    found = gathered(added)
    for _ in range(2):  # they may be read again
        assert [pair for table in found.chunks() for pair in pairs(table)] == sorted(chain(*added))
    assert [pairs(table) for table in found.added()] == [sorted(rows) for rows in added]


def test_the_rows_of_another_come_among_them() -> None:
    spool = Spool()
    even, odd = (gathered([[(0, row) for row in range(first, 60, 2)]], spool) for first in (0, 1))
    assert [pair for table in even.chunks(odd) for pair in pairs(table)] == [(0, row) for row in range(60)]


def test_of_rows_that_were_in_order_a_chunk_is_read_at_a_time() -> None:
    spool = WatchedSpool()
    found = gathered(([(100 * n + row, row) for row in range(100)] for n in range(50)), spool)
    given_out = 0
    for table in found.chunks():
        given_out += len(table)
        assert spool.rows - given_out <= BLOCK
        assert len(table) <= CHUNK + BLOCK
    assert given_out == spool.rows == 5_000


@pytest.mark.parametrize("days", [20, 80])
def test_of_shuffled_rows_a_block_of_each_table_is_held_besides(days: int) -> None:
    dice, spool = random.Random(1), WatchedSpool()
    rows = [(time, time) for time in range(200 * days)]
    dice.shuffle(rows)
    tables = days // 2
    found = gathered((rows[first::tables] for first in range(tables)), spool)
    given_out = 0
    for table in found.chunks():
        given_out += len(table)
        assert spool.rows - given_out <= CHUNK + 2 * BLOCK * tables
    assert given_out == len(rows)
