"""What a partition remembers of one customer: the history for features, and what was decided."""

import struct

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import MAX_REMEMBERED_ROWS
from schemas.outcomes import Fold

_ROW = struct.Struct("<qqqq")
_EVER = -(2**63)


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
        wanted = prediction.to_bytes(8, "little", signed=True)
        place = self._rows.find(wanted)
        while place >= 0:
            if place % _ROW.size == 0:
                _, body, at, offset = _ROW.unpack_from(self._rows, place)
                if at > after:
                    return body, offset
            place = self._rows.find(wanted, place + 1)
        return None

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

    def copy(self) -> "Decided":
        """An independent copy."""
        return Decided(self._rows[:])

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

    def copy(self) -> "CustomerMemory":
        """An independent copy, so that a batch can be undone."""
        return CustomerMemory(self.history.copy(), self.decided.copy())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CustomerMemory):
            return NotImplemented
        return self.history == other.history and self.decided == other.decided

    __hash__ = None  # type: ignore[assignment]  # mutable
