"""Reads a raw file as text columns under our names, so that every value can be judged row by row."""

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from flowserve_ml.errors import InputError

REQUIRED = ("transaction_id", "customer_id", "terminal_id", "amount", "occurred_at")
OPTIONAL = ("currency", "is_fraud", "reported_at", "scenario")
PIECE_ROWS = 65_536
_FORMATS = (".csv", ".parquet", ".jsonl")
_BUFFER_BYTES, _BLOCK_BYTES = 1 << 20, 1 << 22


@dataclass(frozen=True, slots=True)
class Source:
    """A raw file: its columns by our names (theirs where they differ), and what its values mean.

    `currency` is that of rows which name none; `minor` tells whether amounts are minor units.
    """

    path: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    currency: str = "EUR"
    minor: bool = True

    def __post_init__(self) -> None:
        unknown = set(self.columns) - set(REQUIRED) - set(OPTIONAL)
        if unknown:
            known = ", ".join((*REQUIRED, *OPTIONAL))
            raise InputError(f"--map: there is no column {min(unknown)}; ours are {known}")


def read_source(source: Source) -> tuple[pd.DataFrame, dict[bytes, bytes]]:
    """Its columns under our names, in file order, and the metadata of a Parquet file; raises InputError.

    Text stays text; typed columns of Parquet and values of JSON keep their type.
    """
    metadata: dict[bytes, bytes] = {}
    frame = pd.concat(list(read_pieces(source, metadata)))
    return frame, metadata


def read_pieces(source: Source, metadata: dict[bytes, bytes] | None = None) -> Iterator[pd.DataFrame]:
    """The same piece by piece: PIECE_ROWS rows, of CSV some megabytes, and no more of them in memory.

    A piece's index is the row's number in the file, from 0; all pieces have the same columns. What Parquet
    says of the file goes to `metadata`. Raises InputError where the file cannot be used, at the latest after
    the last piece.
    """
    names = {ours: source.columns.get(ours, ours) for ours in (*REQUIRED, *OPTIONAL)}
    found = _opened(source.path, set(names.values()))
    for ours, theirs in names.items():
        if theirs not in found.names and (ours in REQUIRED or ours in source.columns):
            raise InputError(
                f"{source.path}: column {theirs} is missing; there are {', '.join(found.names)}. "
                f"Name the right one with --map {ours}=THEIR_NAME"
            )
        if found.names.count(theirs) > 1:
            raise InputError(f"{source.path}: there are several columns {theirs}; rename all but one")
    if metadata is not None:
        metadata.update(found.metadata)
    first = 0
    for piece in _guarded(source.path, found.pieces):
        rows = len(next(iter(piece.values())))
        if rows:
            index = pd.RangeIndex(first, first + rows)
            columns = {ours: piece[theirs] for ours, theirs in names.items() if theirs in piece}
            yield pd.DataFrame({ours: column.set_axis(index) for ours, column in columns.items()})
        first += rows
    if not first:
        raise InputError(f"{source.path}: there are no rows")


_Piece = Mapping[str, "pd.Series[Any]"]
"""Columns by the file's own names."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a file holds, whatever its format: the names of all columns, and those that are wanted."""

    names: list[str]
    pieces: Iterator[_Piece]
    metadata: Mapping[bytes, bytes] = field(default_factory=dict)


def _opened(path: Path, wanted: set[str]) -> _Opened:
    if path.suffix not in _FORMATS:
        raise InputError(f"{path}: the name must end in {', '.join(_FORMATS)}")
    if path.is_dir():
        raise InputError(f"{path} is a folder: name a file to read")
    if path.suffix == ".jsonl":
        with _named(path):
            names = list(dict.fromkeys(name for document in _documents(path) for name in document))
        if not names:
            raise InputError(f"{path}: there are no rows")
        return _Opened(names, _lines(path, wanted & set(names)))
    with _named(path):
        return (_text if path.suffix == ".csv" else _parquet)(path, wanted)


def _guarded(path: Path, pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    while True:
        with _named(path):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Says of which file it is that a reader complains."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: {error}; save it as UTF-8") from None
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise InputError(f"{path} is damaged: {error}") from None  # Arrow's word on bytes that make no sense


def _parquet(path: Path, wanted: set[str]) -> _Opened:
    file = pa.parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES)  # else a row group's column is read whole
    names = file.schema_arrow.names
    chosen = [name for name in names if name in wanted]  # a hundred others need no memory
    return _Opened(
        names, _series(file.iter_batches(PIECE_ROWS, columns=chosen)), file.schema_arrow.metadata or {}
    )


def _text(path: Path, wanted: set[str]) -> _Opened:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    batches = pa.csv.open_csv(
        path,
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            include_columns=[name for name in dict.fromkeys(header) if name in wanted],
        ),
    )
    return _Opened(header, _series(batches))


def _series(batches: Iterable[pa.RecordBatch]) -> Iterator[_Piece]:
    for batch in batches:
        columns = zip(batch.schema.names, batch.columns, strict=True)
        # Else 7 beside a missing one becomes 7.0.
        yield {name: column.to_pandas(integer_object_nulls=True) for name, column in columns}


def _lines(path: Path, wanted: set[str]) -> Iterator[_Piece]:
    """One JSON object per line, read one by one: Arrow would take zones off times and refuse mixed types."""
    every = _documents(path)
    while documents := list(itertools.islice(every, PIECE_ROWS)):
        yield {
            name: pd.Series([document.get(name) for document in documents], dtype=object) for name in wanted
        }


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                document = json.loads(line)
            except ValueError as error:
                raise InputError(f"{path} cannot be read: line {number} is not JSON: {error}") from None
            if not isinstance(document, dict):
                raise InputError(f"{path} cannot be read: line {number} is not a JSON object")
            yield document
