"""Ranges, warm-up, samples, plans and two models: a part of a replay gives what the whole gives."""

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.integration.replay.bank import (
    BANK_OPTIONS,
    Row,
    bank_columns,
    read,
    refusal,
    replayed,
    rows,
    scores_of,
    write,
)

MODEL = Path("ml/models") / Path("ml/models/current").read_text().strip()


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank's file of 60 days, from 1 March 2026."""
    path = tmp_path / "bank.parquet"
    pa.parquet.write_table(pa.table(bank_columns()), path)
    return path


@pytest.fixture
def challenger(tmp_path: Path) -> Path:
    """The committed model under another version, with other thresholds."""
    folder = tmp_path / "2027.1.1"
    shutil.copytree(MODEL, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"version": folder.name, "policy": {"review": 0.001, "decline": 0.5}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def by_id(table: list[Row]) -> dict[object, Row]:
    return {entry["transaction_id"]: entry for entry in table}


async def test_a_range_of_a_file_gives_the_scores_of_the_whole(bank: Path) -> None:
    whole = by_id(await scores_of(bank, *BANK_OPTIONS))
    part = by_id(await scores_of(bank, *BANK_OPTIONS, "--from", "2026-04-20", "--to", "2026-04-22T12:00:00Z"))
    days = {str(entry["occurred_at"])[:10] for entry in part.values()}
    assert days == {"2026-04-20", "2026-04-21", "2026-04-22"}
    assert max(entry["occurred_at"].hour for entry in part.values() if entry["occurred_at"].day == 22) < 12
    assert part == {name: whole[name] for name in part}


async def test_without_a_warm_up_customers_and_terminals_are_strangers(bank: Path) -> None:
    found = await scores_of(bank, *BANK_OPTIONS, "--from", "2026-04-20", "--warm-up", "0d")
    assert found[0]["customer_count_30d"] == 1
    assert found[0]["terminal_last_label"] == -1


async def test_a_late_range_of_a_file_folds_what_lies_before_by_more_than_45_days(tmp_path: Path) -> None:
    days = [f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}T12:00:00Z" for day in range(0, 196, 4)]
    once = {"customer_id": "c-1", "amount": 1_000}
    content = rows(*[{**once, "occurred_at": day} for day in days])
    content[0]["amount"] = 900_000  # its usual amount remembers this as long as the customer is never away
    bank = write(tmp_path / "bank.csv", content)
    whole = await scores_of(bank)
    assert await scores_of(bank, "--from", days[-1]) == whole[-1:]
    short = await scores_of(bank, "--from", days[-1], "--warm-up", "45d")
    assert short[0]["score"] is not None
    assert short != whole[-1:]


async def test_a_sample_scores_whole_customers_as_the_full_run_does(bank: Path) -> None:
    whole = by_id(await scores_of(bank, *BANK_OPTIONS))
    part = by_id(await scores_of(bank, *BANK_OPTIONS, "--sample", "0.3"))
    assert 0 < len(part) < len(whole) / 2
    assert part == {name: whole[name] for name in part}
    sampled = {entry["customer_id"] for entry in part.values()}
    assert {name for name, entry in whole.items() if entry["customer_id"] in sampled} == set(part)


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(bank: Path, tmp_path: Path) -> None:
    words = (*BANK_OPTIONS, "--from", "2026-04-20", "--run-id", "april", "--dry-run")
    said = await replayed(bank, *words, "--output", tmp_path / "scores.parquet")
    assert "run april: bank.parquet, client default, model " in said
    assert "transactions to score" in said
    assert os.listdir(tmp_path) == ["bank.parquet"]


async def test_a_dry_run_lists_the_first_rows_that_cannot_be_scored(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.csv", rows(*[{"amount": "x"}] * 7, {}))
    said = await replayed(path, "--dry-run")
    assert "1 transactions to score, 0 more to fold" in said
    assert "7 rows cannot be scored:\n  row 1: invalid_field: amount is no number." in said
    assert "  and 2 more\n" in said


async def test_a_run_is_named_after_its_input_model_and_options_unless_it_is_given_a_name(bank: Path) -> None:
    async def name(*words: object) -> str:
        return (await replayed(bank, *BANK_OPTIONS, *words, "--dry-run")).split(":")[0]

    assert await name() == await name() == await name("--speed", "5x")
    assert len({await name(), await name("--sample", "0.5"), await name("--client", "bank-7")}) == 3
    assert await name("--run-id", "mine") == "run mine"


async def test_two_models_give_a_table_each_with_the_same_features(
    bank: Path, challenger: Path, tmp_path: Path
) -> None:
    words = ("--model", MODEL, "--model", challenger, "--run-id", "duel")
    said = await replayed(bank, *BANK_OPTIONS, *words, "--output", tmp_path / "scores.parquet")
    tables = [read(tmp_path / f"scores.{version}.parquet") for version in (MODEL.name, "2027.1.1")]
    assert not (tmp_path / "scores.parquet").exists()
    assert f"run duel-{MODEL.name}: " in said
    assert "run duel-2027.1.1: " in said
    assert [entry["score"] for entry in tables[0]] == [entry["score"] for entry in tables[1]]
    assert {entry["decision"] for entry in tables[1] if 0.001 <= entry["score"] < 0.5} == {"review"}


async def test_one_model_twice_is_not_a_comparison(bank: Path, tmp_path: Path) -> None:
    words = ("--model", MODEL, "--model", MODEL, "--output", tmp_path / "scores.parquet")
    assert f"version {MODEL.name} is named twice" in await refusal(bank, *BANK_OPTIONS, *words)
