"""Reads a raw file as text columns under our names, so that every value can be judged row by row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
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

    Text stays text; typed columns of Parquet and JSON keep their type.
    """
    table = _table(source.path)
    names = {ours: source.columns.get(ours, ours) for ours in (*REQUIRED, *OPTIONAL)}
    for ours, theirs in names.items():
        if theirs not in table.column_names and (ours in REQUIRED or ours in source.columns):
            there = ", ".join(table.column_names)
            raise InputError(
                f"{source.path}: column {theirs} is missing; there are {there}. "
                f"Name the right one with --map {ours}=THEIR_NAME"
            )
    if not len(table):
        raise InputError(f"{source.path}: there are no rows")
    present = {ours: theirs for ours, theirs in names.items() if theirs in table.column_names}
    frame = pd.DataFrame({ours: table[theirs].to_pandas() for ours, theirs in present.items()})
    return frame, table.schema.metadata or {}


def _table(path: Path) -> pa.Table:
    if path.suffix not in _FORMATS:
        raise InputError(f"{path}: the name must end in {', '.join(_FORMATS)}")
    try:
        if path.suffix == ".parquet":
            return pa.parquet.read_table(path)
        return _text_table(path) if path.suffix == ".csv" else pa.json.read_json(path)
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def _text_table(path: Path) -> pa.Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = pd.read_csv(file, nrows=0, dtype=str).columns if path.stat().st_size else []
    text = dict.fromkeys(header, pa.string())
    return pa.csv.read_csv(path, convert_options=pa.csv.ConvertOptions(column_types=text))
