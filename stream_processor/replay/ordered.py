"""Tables that come in any order and are read in one: sorted on disk, a part at a time in memory."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stream_processor.replay.spool import Place, Spool

CHUNK_ROWS = 131_072
_BLOCK_ROWS = 2_048

_Keys = list[npt.NDArray[Any]]


class _Block(NamedTuple):
    """Rows in order; `first` is the key of the first of them."""

    first: tuple[int, ...]
    place: Place


class Ordered:
    """Rows by the whole numbers in the columns `by`, which are unique together.

    What is added is sorted and set aside in blocks. Reading holds the blocks that may have a part in what
    comes next: a chunk where the rows were nearly in order, else besides a block of each table added.
    """

    def __init__(self, spool: Spool, *by: str) -> None:
        self._spool = spool
        self._by = by
        self._runs: list[list[_Block]] = []

    def add(self, table: pa.Table) -> None:
        """All tables have the same columns."""
        table = self._sorted([table])
        keys = self._keys(table)
        self._runs.append(
            [
                _Block(
                    tuple(int(key[first]) for key in keys),
                    self._spool.put(table.slice(first, _BLOCK_ROWS)),
                )
                for first in range(0, len(table), _BLOCK_ROWS)
            ]
        )

    def added(self) -> Iterator[pa.Table]:
        """Each table as it was added, but sorted."""
        for blocks in self._runs:
            if blocks:
                yield pa.concat_tables([self._spool.get(block.place) for block in blocks])

    def chunks(self, *others: "Ordered") -> Iterator[pa.Table]:
        """All rows in order, some CHUNK_ROWS at a time; those of the others of the same spool among them."""
        blocks = sorted(block for one in (self, *others) for run in one._runs for block in run)
        held: list[pa.Table] = []
        rows, enough = 0, CHUNK_ROWS
        for number, block in enumerate(blocks, start=1):
            held.append(self._spool.get(block.place))
            rows += len(held[-1])
            if rows < enough or number == len(blocks):
                continue
            table = self._sorted(held)
            ready = _before(self._keys(table), blocks[number].first)
            if ready:
                yield table.slice(0, ready)
            held = [table.slice(ready)]
            rows -= ready
            enough = rows + CHUNK_ROWS
        if rows:
            yield self._sorted(held)

    def _sorted(self, tables: Sequence[pa.Table]) -> pa.Table:
        table = pa.concat_tables(tables).combine_chunks()
        keys = self._keys(table)
        return table if _in_order(keys) else table.take(pa.array(np.lexsort(keys[::-1])))

    def _keys(self, table: pa.Table) -> _Keys:
        return [table[name].to_numpy() for name in self._by]


def _in_order(keys: _Keys) -> bool:
    rises = np.zeros(max(len(keys[0]) - 1, 0), dtype=bool)
    for key in reversed(keys):
        steps = np.diff(key)
        rises = (steps > 0) | (steps == 0) & rises
    return bool(rises.all())


def _before(keys: _Keys, limit: Sequence[int]) -> int:
    """How many of the rows, which are in order, come before the key `limit`."""
    first, end = 0, len(keys[0])
    for key, value in zip(keys, limit, strict=True):
        part = key[first:end]
        first, end = (first + int(np.searchsorted(part, value, side)) for side in ("left", "right"))
    return first
