"""Reads the scored Parquet file that `flowserve replay --output` wrote."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from stream_processor.replay.report.scored import COLUMNS, HELD, ReportError, ScoredTable, frame, info_of
from stream_processor.replay.scored_file import METADATA_KEY

_TEXT = ("customer_id", "terminal_id", "status", "decision", "reasons", "problem")


def read_table(path: Path) -> ScoredTable:
    """The whole file. Raises ReportError where it is missing, damaged, or no scored table."""
    try:
        schema = pa.parquet.read_schema(path)
        about = _about(path, schema)
        table = frame(pa.parquet.read_table(path, columns=list(HELD), read_dictionary=list(_TEXT)))
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such file") from None
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"{path} cannot be read as Parquet: {error}") from None
    return ScoredTable(path.name, table, partial(_feature, path), info_of(about))


def _about(path: Path, schema: pa.Schema) -> dict[str, object]:
    missing = [name for name in COLUMNS if name not in schema.names]
    hint = "compare reads what `flowserve replay --output` writes"
    if missing:
        raise ReportError(f"{path} is not a scored table: it has no column {', '.join(missing)}; {hint}")
    wrong = [
        f"{name} is {schema.field(name).type} and should be {kind}"
        for name, kind in COLUMNS.items()
        if schema.field(name).type != kind
        and not (name == "transaction_id" and pa.types.is_integer(schema.field(name).type))
    ]
    if wrong:
        raise ReportError(f"{path} is not a scored table: {'; '.join(wrong)}; {hint}")
    try:
        about: dict[str, object] = json.loads((schema.metadata or {})[METADATA_KEY])
    except (KeyError, ValueError):
        raise ReportError(f"{path} does not say which model scored it; {hint}") from None
    return about


def _feature(path: Path, name: str) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = pa.parquet.read_table(path, columns=[name])[name].to_numpy()
    return values
