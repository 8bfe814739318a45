"""Labelled transactions in Parquet and CSV files; written by `simulate` and `prepare`, read by `train`."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
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
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import Transactions, Truth, truth_of

DEFINITIONS_KEY = b"flowserve_ml.definitions"
"""Parquet metadata: the version of the definitions behind the feature columns of a prepared file."""

TRUTH_KEY = b"flowserve_ml.truth"
"""Parquet metadata: recipe and seed of a simulated file, so that it can be judged against the optimum."""

_COLUMNS = {
    "customer_id": pa.string(),
    "terminal_id": pa.string(),
    "amount": pa.int64(),
    "currency": pa.string(),
    "occurred_at": pa.timestamp("s", "UTC"),
    "is_fraud": pa.bool_(),
}

_NEVER_REPORTED = 2**62


def check_suffix(path: Path) -> None:
    """Raises InputError for a file that is neither Parquet nor CSV by its name."""
    if path.suffix not in (".parquet", ".csv"):
        raise InputError(f"{path}: the name must end in .parquet or .csv")


def check_place(path: Path) -> None:
    """Raises InputError if no file can be written at `path`: better before the work than after it."""
    if path.is_dir():
        raise InputError(f"{path} is a folder: name a file to write")
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path} cannot be written: {path.parent} is no folder, create it first")


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends well, and vanishes else."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_transactions(
    transactions: Transactions,
    path: Path,
    made_by: tuple[Recipe, int] | None = None,
    order: npt.NDArray[np.intp] | None = None,
) -> None:
    """Write the file, whole or not at all: ids as text, amounts in minor units, times in RFC 3339.

    `made_by` is the recipe and seed of a simulation; Parquet keeps them in its metadata. `order` holds the
    numbers of the rows as they shall lie in the file, some perhaps twice; without it they lie as they are.
    """
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
    if made_by is not None:
        recipe, seed = made_by
        truth = json.dumps({"recipe": asdict(recipe), "seed": seed}).encode()
        table = table.replace_schema_metadata({TRUTH_KEY: truth})
    if order is not None:
        table = table.take(pa.array(order))
    with replaced_whole(path) as temporary:
        if path.suffix == ".csv":
            pa.csv.write_csv(table, temporary)
        else:
            pa.parquet.write_table(table, temporary)


def truth_in(path: Path, table: pa.Table) -> Truth | None:
    """The truth behind a simulated file, by the numbers that `transactions_of` gives its customers."""
    found = (table.schema.metadata or {}).get(TRUTH_KEY)
    if found is None:
        return None
    try:
        document = json.loads(found)
        truth = truth_of(Recipe(**document["recipe"]), document["seed"])
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{path}: the metadata describe no simulation that this version knows: {error!r}"
        ) from None
    names = table["customer_id"].combine_chunks().dictionary_encode().dictionary.to_pylist()
    try:
        return Truth(truth.recipe, truth.mean_amounts[[int(name.removeprefix("c-")) for name in names]])
    except (ValueError, IndexError):
        raise InputError(f"{path}: the metadata says it is simulated, its customers say it is not") from None


def transactions_of(path: Path, table: pa.Table) -> Transactions:
    """The transactions of a table that `read_table` gave, in its order; raises InputError naming the column.

    `scenario` may be missing: a fraud is then of scenario OTHER_FRAUD.
    """
    columns = {name: _column(path, table, name) for name in _COLUMNS}
    _check_values(path, table, columns["amount"])
    if not len(table):
        raise InputError(f"{path}: there are no rows")
    reported = None
    if "reported_at" in table.column_names:
        seconds = pc.cast(table["reported_at"], _COLUMNS["occurred_at"])
        reported = pc.cast(seconds, pa.int64()).fill_null(_NEVER_REPORTED).to_numpy()
    return Transactions(
        pc.cast(columns["occurred_at"], pa.int64()).to_numpy(),
        _numbers(columns["customer_id"]),
        _numbers(columns["terminal_id"]),
        _base_cents(columns["amount"].to_numpy(), columns["currency"]),
        _scenarios(columns["is_fraud"].to_numpy(), table),
        reported,
    )


def read_table(path: Path) -> pa.Table:
    """The file as it is; raises InputError if it cannot be read."""
    check_suffix(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder: name a file to read")
    try:
        return pa.csv.read_csv(path) if path.suffix == ".csv" else pa.parquet.read_table(path)
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def _column(path: Path, table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise InputError(f"{path}: column {name} is missing")
    column = table[name]
    if name == "occurred_at" and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise InputError(f"{path}: column {name} needs times, for example 2026-04-01T12:00:00Z, not numbers")
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        raise InputError(f"{path}: column {name} needs times with a zone, for example 2026-04-01T12:00:00Z")
    try:
        column = pc.cast(column, _COLUMNS[name])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"{path}: column {name} must be of type {_COLUMNS[name]}: {error}") from None
    if column.null_count:
        raise InputError(f"{path}: column {name} has {column.null_count} empty values")
    return column


def _check_values(path: Path, table: pa.Table, amounts: pa.ChunkedArray) -> None:
    """What only somebody else's file may hold; `prepare` says which rows."""
    negative = pc.sum(pc.less(amounts, 0)).as_py()
    if negative:
        raise InputError(f"{path}: column amount has {negative:,} negative values")
    if "transaction_id" in table.column_names:
        repeated = len(table) - pc.count_distinct(table["transaction_id"]).as_py()
        if repeated:
            raise InputError(
                f"{path}: column transaction_id has {repeated:,} repeated values; `prepare` takes them out"
            )


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
