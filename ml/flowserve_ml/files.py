"""Labelled transactions in Parquet and CSV files; written by `simulate`, read by `train`."""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from flowserve_ml.currency import BASE_CURRENCY, to_base_cents
from flowserve_ml.errors import InputError
from flowserve_ml.simulation.frauds import GENUINE, OTHER_FRAUD, SCENARIO_NAMES
from flowserve_ml.simulator import Transactions

_COLUMNS = {
    "customer_id": pa.string(),
    "terminal_id": pa.string(),
    "amount": pa.int64(),
    "currency": pa.string(),
    "occurred_at": pa.timestamp("s", "UTC"),
    "is_fraud": pa.bool_(),
}


def check_suffix(path: Path) -> None:
    """Raises InputError for a file that is neither Parquet nor CSV by its name."""
    if path.suffix not in (".parquet", ".csv"):
        raise InputError(f"{path}: the name must end in .parquet or .csv")


def write_transactions(transactions: Transactions, path: Path) -> None:
    """Write the file, whole or not at all: ids as text, amounts in minor units, times in RFC 3339."""
    check_suffix(path)
    table = pa.table(
        {
            "transaction_id": pa.array([f"tx-{number:07d}" for number in range(1, len(transactions) + 1)]),
            "customer_id": _names("c", transactions.customers),
            "terminal_id": _names("t", transactions.terminals),
            "amount": transactions.cents,
            "currency": pa.repeat(pa.scalar(BASE_CURRENCY), len(transactions)),
            "occurred_at": pc.strftime(
                pa.array(transactions.times.astype("datetime64[s]")), format="%Y-%m-%dT%H:%M:%SZ"
            ),
            "is_fraud": transactions.is_fraud,
            "scenario": pa.array(np.array(SCENARIO_NAMES)[transactions.scenario]),
        }
    )
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.suffix == ".csv":
            pa.csv.write_csv(table, temporary)
        else:
            pa.parquet.write_table(table, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_transactions(path: Path) -> Transactions:
    """Read a file in its own order (the log order); raises InputError.

    `scenario` may be missing: a fraud is then of scenario OTHER_FRAUD.
    """
    table = _read_table(path)
    columns = {name: _column(path, table, name) for name in _COLUMNS}
    if not len(table):
        raise InputError(f"{path}: there are no rows")
    return Transactions(
        pc.cast(columns["occurred_at"], pa.int64()).to_numpy(),
        _numbers(columns["customer_id"]),
        _numbers(columns["terminal_id"]),
        _base_cents(columns["amount"].to_numpy(), columns["currency"]),
        _scenarios(columns["is_fraud"].to_numpy(), table),
    )


def _read_table(path: Path) -> pa.Table:
    check_suffix(path)
    try:
        return pa.csv.read_csv(path) if path.suffix == ".csv" else pa.parquet.read_table(path)
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def _column(path: Path, table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise InputError(f"{path}: column {name} is missing")
    column = table[name]
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        raise InputError(f"{path}: column {name} needs times with a zone, for example 2026-04-01T12:00:00Z")
    try:
        column = pc.cast(column, _COLUMNS[name])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"{path}: column {name} must be of type {_COLUMNS[name]}: {error}") from None
    if column.null_count:
        raise InputError(f"{path}: column {name} has {column.null_count} empty values")
    return column


def _names(prefix: str, numbers: npt.NDArray[np.int32]) -> pa.Array:
    names = pa.array([f"{prefix}-{number:05d}" for number in range(int(numbers.max(initial=-1)) + 1)])
    return names.take(pa.array(numbers))


def _numbers(names: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    codes: npt.NDArray[np.int32] = names.combine_chunks().dictionary_encode().indices.to_numpy()
    return codes


def _base_cents(amounts: npt.NDArray[np.int64], currencies: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    if currencies.unique().to_pylist() == [BASE_CURRENCY]:
        return amounts
    pairs = zip(amounts.tolist(), currencies.to_pylist(), strict=True)
    return np.array([to_base_cents(amount, code) for amount, code in pairs], dtype=np.int64)


def _scenarios(is_fraud: npt.NDArray[np.bool_], table: pa.Table) -> npt.NDArray[np.int8]:
    scenario = np.where(is_fraud, OTHER_FRAUD, GENUINE).astype(np.int8)
    if "scenario" in table.column_names:
        known = np.array(table["scenario"].to_pylist(), dtype=object)
        for code, name in enumerate(SCENARIO_NAMES):
            if code != GENUINE:
                scenario[is_fraud & (known == name)] = code
    return scenario
