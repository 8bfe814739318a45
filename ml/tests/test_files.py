"""Transactions survive a file, in both formats."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from flowserve_ml.errors import InputError
from flowserve_ml.files import read_table, transactions_of, write_transactions
from flowserve_ml.simulation.frauds import GENUINE, OTHER_FRAUD
from flowserve_ml.simulator import Transactions

HEADER = "customer_id,terminal_id,amount,currency,occurred_at,is_fraud\n"


@pytest.fixture(scope="module")
def few(transactions: Transactions) -> Transactions:
    columns = ("times", "customers", "terminals", "cents", "scenario")
    return Transactions(*(getattr(transactions, name)[:3_000] for name in columns))


def read(path: Path) -> Transactions:
    """As training does."""
    return transactions_of(path, read_table(path))


@pytest.mark.parametrize("name", ["log.parquet", "log.csv"])
def test_what_is_written_is_read_back(few: Transactions, tmp_path: Path, name: str) -> None:
    write_transactions(few, tmp_path / name)
    again = read(tmp_path / name)
    assert np.array_equal(again.times, few.times)
    assert np.array_equal(again.cents, few.cents)
    assert np.array_equal(again.scenario, few.scenario)
    # Customers are renumbered in the order of their appearance; who paid together still did.
    assert len(np.unique(np.stack([again.customers, few.customers]), axis=1).T) == len(
        np.unique(few.customers)
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_has_ids_as_text_and_times_with_a_zone(few: Transactions, tmp_path: Path) -> None:
    write_transactions(replace(few, customers=np.full(3_000, 42, np.int32)), tmp_path / "log.csv")
    header, first, *_ = (tmp_path / "log.csv").read_text().splitlines()
    assert header.replace('"', "").startswith(
        "transaction_id,customer_id,terminal_id,amount,currency,occurred_at"
    )
    assert '"tx-0000001","c-00042","t-' in first
    assert '"2026-04-01T' in first
    assert 'Z"' in first


def test_other_currencies_are_brought_to_the_base_currency(few: Transactions, tmp_path: Path) -> None:
    write_transactions(few, tmp_path / "log.parquet")
    table = pa.parquet.read_table(tmp_path / "log.parquet")
    column = table.column_names.index("currency")
    table = table.set_column(column, "currency", pa.array(["USD"] * len(table)))
    pa.parquet.write_table(table, tmp_path / "dollars.parquet")
    dollars = read(tmp_path / "dollars.parquet")
    assert dollars.cents.tolist() == [round(cents * 0.86) for cents in few.cents.tolist()]


def test_frauds_without_scenario_are_of_another_kind(few: Transactions, tmp_path: Path) -> None:
    write_transactions(few, tmp_path / "log.parquet")
    table = pa.parquet.read_table(tmp_path / "log.parquet").drop_columns(["scenario"])
    pa.parquet.write_table(table, tmp_path / "log.parquet")
    again = read(tmp_path / "log.parquet")
    assert np.array_equal(again.scenario, np.where(few.is_fraud, OTHER_FRAUD, GENUINE))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("", "there are no rows"),
        ("c,t,1,EUR,yesterday,true", "column occurred_at must be of type"),
        ("c,t,1,EUR,2026-04-01T00:00:00,true", "needs times with a zone"),
        ("c,t,1.5,EUR,2026-04-01T00:00:00Z,true", "column amount must be of type int64"),
        ("c,t,,EUR,2026-04-01T00:00:00Z,true", "column amount has 1 empty values"),
        ("c,t,1,QQQ,2026-04-01T00:00:00Z,true", "currency 'QQQ' has no rate"),
        ("c,t,1,EUR,2026-04-01T00:00:00Z,maybe", "column is_fraud must be of type bool"),
    ],
)
def test_a_row_that_cannot_be_used_names_its_column(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "log.csv").write_text(HEADER + row)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "log.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("log.txt", "", r"must end in .parquet or .csv"),
        ("log.parquet", "no parquet", "cannot be read"),
        ("log.csv", "", "cannot be read"),
        ("log.csv", "customer_id\nc-1\n", "column terminal_id is missing"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / name)
