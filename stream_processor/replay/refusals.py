"""The rows of an input that cannot be scored: listed on disk, as there may be as many as there are rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from schemas.problems import FieldError, Refusal
from stream_processor.replay.spool import Place, Spool

_Written = tuple[str, str, tuple[FieldError, ...]]

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Written)


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be scored; `row` counts from 1 in the input."""

    row: int
    refusal: Refusal


class Refusals:
    """In the order of the input, with the ids as they were given."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._places: list[Place] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Refused]:
        for refused, _ in self.pieces():
            yield from refused

    def add(self, refused: Sequence[Refused], given: pa.Array) -> None:
        """Rows behind those that were added before; `given` are their ids."""
        if not refused:
            return
        table = {
            "row": [entry.row for entry in refused],
            "given": given,
            "refusal": [_written(entry.refusal) for entry in refused],
        }
        self._places.append(self._spool.put(pa.table(table)))
        self._count += len(refused)

    def pieces(self) -> Iterator[tuple[list[Refused], pa.ChunkedArray]]:
        """Some at a time, with their given ids."""
        for place in self._places:
            table = self._spool.get(place)
            entries = zip(table["row"].to_pylist(), table["refusal"].to_pylist(), strict=True)
            yield [Refused(row, _read(text)) for row, text in entries], table["given"]


def _written(refusal: Refusal) -> bytes:
    return _encoder.encode((refusal.code, refusal.detail, refusal.errors))


def _read(text: bytes) -> Refusal:
    return Refusal(*_decoder.decode(text))
