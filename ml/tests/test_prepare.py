"""Somebody else's file becomes a clean table, or a clear account of what is wrong with it."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from conftest import SMALL

from flowserve_ml.cli import main
from flowserve_ml.errors import InputError
from flowserve_ml.features.definitions import DEFINITIONS_VERSION
from flowserve_ml.files import write_transactions
from flowserve_ml.prepare.run import prepare
from flowserve_ml.prepare.source import Source
from flowserve_ml.simulator import Transactions, truth_of
from flowserve_ml.training.data import Data, read_data

HEADER = "transaction_id,customer_id,terminal_id,amount,currency,occurred_at,is_fraud,reported_at\n"
GOOD = "a,c,t,1250,EUR,2026-04-01T12:00:00Z,false,\n"


def prepared(tmp_path: Path, text: str, **options: object) -> tuple[pd.DataFrame, str]:
    """The table made of a CSV text, and what was said; a tenth of the rows may be rejected."""
    (tmp_path / "raw.csv").write_text(text)
    said = io.StringIO()
    source = Source(tmp_path / "raw.csv", **options)  # type: ignore[arg-type]
    prepare(source, tmp_path / "out.parquet", 0.1, said)
    return pa.parquet.read_table(tmp_path / "out.parquet").to_pandas(), said.getvalue()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_prepared_simulation_brings_the_very_rows_that_training_would_fold(
    data: Data, transactions: Transactions, tmp_path: Path, suffix: str
) -> None:
    raw, said = tmp_path / f"raw{suffix}", io.StringIO()
    write_transactions(transactions, raw, (SMALL, 3))
    prepare(Source(raw), tmp_path / "out.parquet", 0.0, said)
    again = read_data(tmp_path / "out.parquet", said)
    np.testing.assert_array_equal(again.rows, data.rows)
    assert np.array_equal(again.transactions.scenario, transactions.scenario)
    assert (again.truth is not None) == (suffix == ".parquet")  # CSV has no place for it
    if again.truth is not None:
        expected = truth_of(SMALL, 3).mean_amounts[transactions.customers]
        assert np.array_equal(again.truth.mean_amounts[again.transactions.customers], expected)


def test_json_lines_other_names_and_major_units_are_understood(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "card": "c", "shop": "t", "eur": 12.5, "at": "2026-04-01T14:00:00+02:00", "bad": True},
        {"id": "2", "card": "c", "shop": "t", "eur": 3.1, "at": "2026-04-01T12:00:01Z", "bad": False},
    ]
    (tmp_path / "raw.jsonl").write_text("\n".join(map(json.dumps, lines)))
    names = ("transaction_id=id", "customer_id=card", "terminal_id=shop", "amount=eur", "occurred_at=at")
    maps = [word for name in (*names, "is_fraud=bad") for word in ("--map", name)]
    files = ["--input", str(tmp_path / "raw.jsonl"), "--output", str(tmp_path / "out.parquet")]
    assert main(["prepare", *files, "--amounts", "major", *maps]) == 0
    table = pa.parquet.read_table(tmp_path / "out.parquet").to_pandas()
    assert table["amount"].tolist() == [1_250, 310]
    assert table["is_fraud"].tolist() == [True, False]
    assert table["feature_customer_count_1d"].tolist() == [1.0, 2.0]
    assert str(table["occurred_at"][0]) == "2026-04-01 12:00:00+00:00"


def test_unordered_rows_are_sorted_and_naive_times_are_utc_and_both_is_said(tmp_path: Path) -> None:
    text = HEADER + GOOD + "b,c,t,100,EUR,2026-04-01 10:00:00,0,\n"
    table, said = prepared(tmp_path, text.replace("12:00:00Z", "12:00:00"))
    assert table["transaction_id"].tolist() == ["b", "a"]
    assert "2 values of occurred_at have no zone; they are taken as UTC" in said
    assert "row 2 is the first of 1 that occurred before the row above it" in said


def test_a_fraud_reported_late_counts_as_genuine_for_its_terminal(tmp_path: Path) -> None:
    text = (
        HEADER
        + "a,c,t,100,EUR,2026-04-01T00:00:00Z,true,2026-04-08T00:00:01Z\n"
        + "b,c,u,100,EUR,2026-04-01T00:00:00Z,true,2026-04-08T00:00:00Z\n"
        + "d,c,t,100,EUR,2026-05-01T00:00:00Z,false,\n"
        + "e,c,u,100,EUR,2026-05-01T00:00:00Z,false,\n"
    )
    table, _ = prepared(tmp_path, text)
    assert table["feature_terminal_last_label"].tolist() == [-1.0, -1.0, 0.0, 1.0]
    again = read_data(tmp_path / "out.parquet", io.StringIO()).transactions
    assert again.is_fraud.tolist() == [True, True, False, False]
    assert again.log.due_frauds.tolist() == [False, True, False, False]


def test_amounts_reach_the_base_currency(tmp_path: Path) -> None:
    table, _ = prepared(tmp_path, HEADER + GOOD.replace("EUR", "USD") + GOOD.replace("a,c", "b,c"))
    assert table["amount"].tolist() == [1_075, 1_250]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (",c,t,1,EUR,2026-04-01T00:00:00Z,0,", "transaction_id", "is empty"),
        ("x," + "c" * 129 + ",t,1,EUR,2026-04-01T00:00:00Z,0,", "customer_id", "longer than 128"),
        ("x,c,t,ten,EUR,2026-04-01T00:00:00Z,0,", "amount", "is no number"),
        ("x,c,t,,EUR,2026-04-01T00:00:00Z,0,", "amount", "is empty"),
        ("x,c,t,-1,EUR,2026-04-01T00:00:00Z,0,", "amount", "is negative"),
        ("x,c,t,1.5,EUR,2026-04-01T00:00:00Z,0,", "amount", "no whole number of minor units"),
        ("x,c,t,1,QQQ,2026-04-01T00:00:00Z,0,", "currency", "has no rate"),
        ("x,c,t,1,EUR,yesterday,0,", "occurred_at", "is no ISO 8601 time"),
        ("x,c,t,1,EUR,,0,", "occurred_at", "is empty"),
        ("x,c,t,1,EUR,2026-04-01T00:00:00Z,maybe,", "is_fraud", "neither true nor false"),
        ("x,c,t,1,EUR,2026-04-01T00:00:00Z,1,2026-03-31T00:00:00Z", "reported_at", "cannot precede"),
        ("g0,c,t,1,EUR,2026-04-01T00:00:00Z,0,", "transaction_id", "seen before"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_field_and_reason(
    tmp_path: Path, row: str, field: str, reason: str
) -> None:
    good = "".join(GOOD.replace("a,c", f"g{number},c") for number in range(20))
    table, said = prepared(tmp_path, HEADER + good + row + "\n")
    assert len(table) == 20
    assert f"rejected: row 21: {field}" in said
    (line,) = (tmp_path / "out.parquet.rejected.jsonl").read_text().splitlines()
    assert json.loads(line)["field"] == field
    assert reason in json.loads(line)["reason"]


def test_too_many_rejected_rows_write_nothing_but_the_report(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 of 2 rows were rejected"):
        prepared(tmp_path, HEADER + GOOD + GOOD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet.rejected.jsonl", "raw.csv"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        (HEADER, "there are no rows"),
        ("transaction_id,customer_id\n1,2\n", "column terminal_id is missing.*--map terminal_id="),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prepared(tmp_path, text)
    assert [path.name for path in tmp_path.iterdir()] == ["raw.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--map", "customer_id"], "write OURS=THEIRS"),
        (["--map", "card=x"], "there is no column card"),
        (["--output", "out.csv"], "must end in .parquet"),
        (["--input", "raw.txt"], "must end in .csv, .parquet, .jsonl"),
    ],
)
def test_wrong_usage_is_said(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "--input", "raw.csv", "--output", "out.parquet", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_a_file_prepared_with_other_definitions_is_refused(tmp_path: Path) -> None:
    prepared(tmp_path, HEADER + GOOD)
    table = pa.parquet.read_table(tmp_path / "out.parquet")
    old = table.replace_schema_metadata({b"flowserve_ml.definitions": b"1"})
    pa.parquet.write_table(old, tmp_path / "old.parquet")
    message = f"definitions 1, this code computes {DEFINITIONS_VERSION}: prepare it again"
    with pytest.raises(InputError, match=message):
        read_data(tmp_path / "old.parquet", io.StringIO())
