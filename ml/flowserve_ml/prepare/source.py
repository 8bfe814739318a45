"""Reads a raw file as text columns under our names, so that every value can be judged row by row."""

import csv
import json
from collections.abc import Callable, Mapping
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
_FORMATS = (".csv", ".parquet", ".jsonl")


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
    names = {ours: source.columns.get(ours, ours) for ours in (*REQUIRED, *OPTIONAL)}
    table = _table(source.path, set(names.values()))
    for ours, theirs in names.items():
        if theirs not in table.names and (ours in REQUIRED or ours in source.columns):
            raise InputError(
                f"{source.path}: column {theirs} is missing; there are {', '.join(table.names)}. "
                f"Name the right one with --map {ours}=THEIR_NAME"
            )
        if table.names.count(theirs) > 1:
            raise InputError(f"{source.path}: there are several columns {theirs}; rename all but one")
    frame = pd.DataFrame(
        {ours: table.column(theirs) for ours, theirs in names.items() if theirs in table.names}
    )
    if frame.empty:
        raise InputError(f"{source.path}: there are no rows")
    return frame, table.metadata


@dataclass(frozen=True, slots=True)
class _Table:
    """What a file holds, whatever its format."""

    names: list[str]
    column: "Callable[[str], pd.Series[Any]]"
    metadata: dict[bytes, bytes] = field(default_factory=dict)


def _table(path: Path, wanted: set[str]) -> _Table:
    if path.suffix not in _FORMATS:
        raise InputError(f"{path}: the name must end in {', '.join(_FORMATS)}")
    if path.is_dir():
        raise InputError(f"{path} is a folder: name a file to read")
    try:
        if path.suffix == ".jsonl":
            return _lines(path, wanted)
        names, table = (_text_table if path.suffix == ".csv" else _parquet_table)(path, wanted)
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: {error}; save it as UTF-8") from None
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise InputError(f"{path} is damaged: {error}") from None  # Arrow's word on bytes that make no sense

    def column(name: str) -> "pd.Series[Any]":
        return table[name].to_pandas(integer_object_nulls=True)  # else 7 beside a missing one becomes 7.0

    return _Table(names, column, table.schema.metadata or {})


def _parquet_table(path: Path, wanted: set[str]) -> tuple[list[str], pa.Table]:
    """The names of all columns, and those that are wanted: a hundred others need no memory."""
    names = pa.parquet.read_schema(path).names
    return names, pa.parquet.ParquetFile(path).read([name for name in names if name in wanted])


def _text_table(path: Path, wanted: set[str]) -> tuple[list[str], pa.Table]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    table = pa.csv.read_csv(
        path,
        read_options=pa.csv.ReadOptions(use_threads=False),  # else it could not name a row that is cut off
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            include_columns=[name for name in dict.fromkeys(header) if name in wanted],
        ),
    )
    return header, table


def _lines(path: Path, wanted: set[str]) -> _Table:
    """One JSON object per line, read one by one: Arrow would take zones off times and refuse mixed types."""
    columns: dict[str, list[Any]] = {name: [] for name in wanted}
    names: dict[str, None] = {}
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
            names.update(dict.fromkeys(document))
            for name, values in columns.items():
                values.append(document.get(name))
    if not names:
        raise InputError(f"{path}: there are no rows")
    return _Table(list(names), lambda name: pd.Series(columns[name], dtype=object))
