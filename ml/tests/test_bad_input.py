"""Files that cannot be prepared: one specific line or a row and its field, and nothing half written."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from conftest import Say

from flowserve_ml.cli import main

HEADER = "transaction_id,customer_id,terminal_id,amount,currency,occurred_at,is_fraud\n"
GOOD = "a,c,t,1250,EUR,2026-04-01T12:00:00Z,false\n"
LINE = (
    '{"transaction_id": "1", "customer_id": "c", "terminal_id": "t", "amount": 12,'
    ' "occurred_at": "2026-04-01T12:00:00Z"}\n'
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def prepare(folder: Path, name: str, content: str | bytes) -> int:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return main(["prepare", "--input", str(path), "--output", str(folder / "out.parquet")])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("raw.csv", "", "Empty CSV file"),
        ("raw.jsonl", "", "there are no rows"),
        ("raw.jsonl", "\n\n", "there are no rows"),
        ("raw.parquet", "", "size is 0 bytes"),
        ("raw.csv", HEADER, "there are no rows"),
        ("raw.csv", HEADER + GOOD + "b,c,t,12", "Row #3: Expected 7 columns, got 4"),
        ("raw.csv", HEADER + GOOD + '"b,c', "Row #3: Expected 7 columns, got 1"),
        ("raw.csv", HEADER + GOOD.replace("false", "false,,"), "Expected 7 columns, got 9"),
        ("raw.jsonl", LINE + LINE[:30], "line 2 is not JSON"),
        ("raw.jsonl", LINE + "[1]", "line 2 is not a JSON object"),
        ("raw.csv", (HEADER + GOOD).replace(",c,", ",caf\xe9,").encode("latin-1"), "not UTF-8 text"),
        ("raw.csv", (HEADER + GOOD).encode("utf-16"), "not UTF-8 text"),
        ("raw.csv", HEADER.replace("currency", "amount") + GOOD, "there are several columns amount"),
        ("raw.jsonl", LINE.replace("customer_id", "card"), "column customer_id is missing; there are"),
    ],
)
def test_a_file_that_is_cut_off_or_something_else_is_not_prepared(
    tmp_path: Path, said: Say, name: str, content: str | bytes, message: str
) -> None:
    assert prepare(tmp_path, name, content) == 1
    assert message in said()
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("amount", '"1,250"', "is no number"),
        ("amount", "€12", "is no number"),
        ("amount", "NaN", "is no number"),
        ("amount", "0x10", "is no number"),
        ("amount", "inf", "is above 1,000,000,000,000"),
        ("amount", "1e400", "is above 1,000,000,000,000"),
        ("amount", "-inf", "is negative"),
        ("occurred_at", "46113.5", "is no ISO 8601 time"),
        ("occurred_at", "1775044800", "is no ISO 8601 time"),
        ("occurred_at", "04/01/2026 12:00", "is no ISO 8601 time"),
        ("occurred_at", "2026", "is no ISO 8601 time"),
        ("occurred_at", "2026-04-01T12:0", "is no ISO 8601 time"),
        ("occurred_at", "9999-01-01T00:00:00Z", "is not between 1970 and 2100"),
        ("customer_id", "a\0b", "holds characters that cannot be printed"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_by_row_and_field(
    tmp_path: Path, field: str, value: str, reason: str
) -> None:
    places = HEADER.strip().split(",")
    cells = ["b", "c", "t", "1250", "EUR", "2026-04-01T12:00:00Z", "false"]
    cells[places.index(field)] = value
    assert prepare(tmp_path, "raw.csv", HEADER + GOOD + ",".join(cells) + "\n") == 1
    (line,) = (tmp_path / "out.parquet.rejected.jsonl").read_text().splitlines()
    found = json.loads(line)
    assert (found["row"], found["field"]) == (2, field)
    assert reason in found["reason"]
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"c"', '{"id": 1}', "customer_id"),
        ('"c"', "[1]", "customer_id"),
        ('"c"', "true", "customer_id"),
        ("12,", "true,", "amount"),
        ("12,", "123456789012345678901234567890,", "amount"),
        ('"2026-04-01T12:00:00Z"', "1775044800", "occurred_at"),
    ],
)
def test_a_json_value_of_another_kind_is_rejected(tmp_path: Path, old: str, new: str, field: str) -> None:
    assert prepare(tmp_path, "raw.jsonl", LINE.replace(old, new)) == 1
    assert json.loads((tmp_path / "out.parquet.rejected.jsonl").read_text())["field"] == field


def test_zones_may_be_mixed_and_every_one_is_heeded(tmp_path: Path) -> None:
    times = ("2026-04-01T00:00Z", "2026-04-01T12:00:00Z", "2026-04-01T15:00:00+02", "2026-04-01T07:00:00-07")
    lines = [LINE.replace('"1"', f'"{at}"').replace("2026-04-01T12:00:00Z", at) for at in times]
    assert prepare(tmp_path, "raw.jsonl", "".join(lines)) == 0
    hours = [at.hour for at in pa.parquet.read_table(tmp_path / "out.parquet")["occurred_at"].to_pylist()]
    assert hours == [0, 12, 13, 14]


def test_a_time_without_a_zone_among_times_that_have_one_is_rejected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = ("2026-04-01T12:00:00Z", "2026-04-01T14:00:00")
    lines = [LINE.replace('"1"', f'"{at}"').replace("2026-04-01T12:00:00Z", at) for at in times]
    assert prepare(tmp_path, "raw.jsonl", "".join(lines)) == 1
    said = capsys.readouterr().err
    assert "row 2: occurred_at has no zone, and other rows have one: give each row its zone" in said
    assert not (tmp_path / "out.parquet").exists()
