"""The halving that finds poison rows."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.sink.bisect import store_all_but_bad
from stream_processor.sink.errors import SinkStopped


class Table:
    """Takes rows all or none, and refuses some of them."""

    def __init__(self, bad: set[int]) -> None:
        self.bad = bad
        self.rows: list[int] = []
        self.attempts = 0

    async def attempt(self, some: Sequence[int]) -> None:
        self.attempts += 1
        if self.bad.intersection(some):
            raise OverflowError
        self.rows += some


@given(st.integers(0, 200), st.sets(st.integers(0, 199), max_size=10))
async def test_exactly_the_bad_rows_are_left_out_and_order_is_kept(count: int, bad: set[int]) -> None:
    table = Table(bad)
    refused = await store_all_but_bad(range(count), table.attempt, 100)
    assert table.rows == [number for number in range(count) if number not in bad]
    assert [row for row, _ in refused] == sorted(number for number in bad if number < count)


async def test_one_bad_row_in_a_thousand_takes_about_twice_ten_attempts() -> None:
    table = Table({613})
    await store_all_but_bad(range(1_024), table.attempt, 100)
    assert table.attempts <= 21


async def test_too_many_bad_rows_stop_the_sink() -> None:
    with pytest.raises(SinkStopped, match="more than 3 rows"):
        await store_all_but_bad(range(64), Table(set(range(64))).attempt, 3)


async def test_an_error_that_is_no_rows_fault_passes_through() -> None:
    async def lost(some: Sequence[int]) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store_all_but_bad(range(8), lost, 3)
