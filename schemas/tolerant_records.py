"""Lets aiokafka read records whose header names are not UTF-8; it would fail on them at every fetch.

Any producer may send such a record. aiokafka's compiled parser raises in the middle of the batch; this reads
that one batch again with aiokafka's own pure-Python parser and replaces what cannot be decoded.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

# A batch begins with its base offset (8 bytes) and the length of what follows (4 bytes).
_LENGTH_AT, _HEAD_BYTES = 8, 12


class _Slice(bytearray):
    """Bytes that decode in any case."""

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, "replace")


class _Buffer(bytearray):
    """The parser's buffer; it decodes nothing but the names of headers."""

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return _Slice(found) if isinstance(key, slice) else found


class _Batch:
    """A batch as the fetcher uses it; every other attribute is the compiled batch's own."""

    def __init__(self, batch: Any, content: memoryview) -> None:
        self._batch = batch
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            again = iter(_DefaultRecordBatchPy(bytearray(self._content)))
            again._buffer = _Buffer(again._buffer)
            return iter(list(again))


class TolerantRecords:
    """Takes the place of aiokafka's MemoryRecords: the batches of one fetched partition."""

    def __init__(self, content: bytes) -> None:
        self._records = MemoryRecords(content)
        self._content = memoryview(content)
        self._place = 0

    def size_in_bytes(self) -> int:
        """Bytes of all batches."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether there is another batch."""
        return bool(self._records.has_next())

    def next_batch(self) -> _Batch:
        """The next batch."""
        start = self._place
        length = int.from_bytes(self._content[start + _LENGTH_AT : start + _HEAD_BYTES])
        self._place = start + _HEAD_BYTES + length
        return _Batch(self._records.next_batch(), self._content[start : self._place])


def install() -> None:
    """From here on every aiokafka consumer of this process reads tolerantly."""
    fetcher.MemoryRecords = TolerantRecords
