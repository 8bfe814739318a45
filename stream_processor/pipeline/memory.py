"""What a partition remembers of one customer: the history for features, and what was decided."""

import struct
from collections.abc import Iterator

import numpy as np

from flowserve_ml.features import packed as histories
from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import MAX_REMEMBERED_ROWS
from schemas.outcomes import Fold

_ROW = struct.Struct("<qqqq")
_ROW_NUMBERS = _ROW.size // 8
_FEW_BYTES = 64 * _ROW.size  # below, a search of bytes is quicker than numpy's overhead
_EVER = -(2**63)
_AT = struct.Struct("<16xq").unpack_from
_LARGE = 16_384  # bytes; a larger memory is cheaper to unpack once for a batch than to copy for each record

NOTHING = histories.NOTHING_PACKED
"""The memory of a customer who is not known yet."""

Observed = tuple[tuple[float, ...], float, float, int, bytes]
"""CUSTOMER_FEATURES; last_ratio, mean_sum and mean_count after it; the packed memory that follows."""


class Decided:
    """The decided transactions of one customer, 32 bytes each, in log order.

    A row is (id, body hash, event time in seconds, offset of its prediction); ids and hashes are 64 bits.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: bytearray | None = None) -> None:
        self._rows = rows if rows is not None else bytearray()

    def __len__(self) -> int:
        return len(self._rows) // _ROW.size

    def find(self, prediction: int, after: int = _EVER) -> tuple[int, int] | None:
        """(body hash, offset of the first answer) of a transaction later than `after`, or None."""
        for place in self._places(prediction):
            _, body, at, offset = _ROW.unpack_from(self._rows, place)
            if at > after:
                return body, offset
        return None

    def _places(self, prediction: int) -> Iterator[int]:
        """Where rows of this id begin."""
        rows = self._rows
        if len(rows) > _FEW_BYTES:
            ids = np.frombuffer(rows, dtype=np.int64)[::_ROW_NUMBERS]
            yield from (np.flatnonzero(ids == prediction) * _ROW.size).tolist()
            return
        wanted = prediction.to_bytes(8, "little", signed=True)
        place = rows.find(wanted)
        while place >= 0:
            if place % _ROW.size == 0:
                yield place
            place = rows.find(wanted, place + 1)

    def add(self, prediction: int, body: int, at: int, offset: int) -> None:
        """Appends; beyond the cap the oldest row goes."""
        self._rows += _ROW.pack(prediction, body, at, offset)
        if len(self._rows) > MAX_REMEMBERED_ROWS * _ROW.size:
            del self._rows[: _ROW.size]

    def forget(self, before: int) -> None:
        """Drops rows at the front that are not later than `before`.

        Only the front: then what is forgotten depends on the log alone, not on how often this was called.
        """
        rows, end = self._rows, 0
        while end < len(rows) and _ROW.unpack_from(rows, end)[2] <= before:
            end += _ROW.size
        if end:
            del rows[:end]

    def pack(self) -> bytes:
        """The rows."""
        return bytes(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decided) and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]  # mutable


class CustomerMemory:
    """One customer of one client."""

    __slots__ = ("decided", "history")

    def __init__(self, history: CustomerHistory | None = None, decided: Decided | None = None) -> None:
        self.history = history if history is not None else CustomerHistory()
        self.decided = decided if decided is not None else Decided()

    def forget(self, before: int) -> None:
        """Drops what is not later than `before`, seconds since 1970 UTC."""
        self.history.forget(before)
        self.decided.forget(before)

    def restore(self, fold: Fold, log_offset: int) -> None:
        """Folds one scored prediction that stands on the log at `log_offset`."""
        self.history.restore(fold.at, fold.cents, fold.ratio, fold.mean_sum, fold.mean_count)
        self.decided.add(fold.prediction, fold.body, fold.at, log_offset)

    def pack(self) -> bytes:
        """Everything as bytes, which is how a partition keeps it: small, and never changed in place."""
        return self.history.pack() + self.decided.pack()

    @classmethod
    def unpack(cls, packed: bytes) -> "CustomerMemory":
        """A memory of its own from what `pack` gave."""
        history, end = CustomerHistory.unpack(packed)
        return cls(history, Decided(bytearray(packed[end:])))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CustomerMemory):
            return NotImplemented
        return self.history == other.history and self.decided == other.decided

    __hash__ = None  # type: ignore[assignment]  # mutable


def observed(
    packed: bytes, prediction: int, body: int, at: int, cents: int, log_offset: int, limit: int
) -> Observed | None:
    """Folds a new transaction into a packed memory: `forget(limit)`, `observe` and `add` without objects.

    None where that is not simple: a repeat, a late transaction, a large memory. Then unpack it.
    """
    if len(packed) > _LARGE:
        return None
    found = histories.observed(packed, at, cents, limit)
    if found is None:
        return None
    features, ratio, mean_sum, mean_count, pieces, end = found
    if packed.find(prediction.to_bytes(8, "little", signed=True), end) >= 0:
        return None
    row = _ROW.pack(prediction, body, at, log_offset)
    return features, ratio, mean_sum, mean_count, b"".join((*pieces, _remaining(packed, end, limit), row))


def restored(packed: bytes, fold: Fold, log_offset: int, limit: int) -> bytes | None:
    """The same for a transaction that was decided before, as the log tells of it."""
    if len(packed) > _LARGE:
        return None
    found = histories.restored(packed, fold.at, fold.cents, fold.ratio, fold.mean_sum, fold.mean_count, limit)
    if found is None:
        return None
    pieces, end = found
    row = _ROW.pack(fold.prediction, fold.body, fold.at, log_offset)
    return b"".join((*pieces, _remaining(packed, end, limit), row))


def _remaining(packed: bytes, first: int, limit: int) -> bytes:
    """The decided rows from `first` on, as `Decided.forget` leaves them."""
    while first < len(packed) and _AT(packed, first)[0] <= limit:
        first += _ROW.size
    return packed[first:]
