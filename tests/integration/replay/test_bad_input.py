"""What cannot be used: a row is rejected where it stands, a file before any work; both say what to do."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.integration.replay.bank import CARD, Row, read, refusal, replayed, row, rows, scores_of, write

MODEL = Path("ml/models") / Path("ml/models/current").read_text().strip()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"amount": "much"}, "invalid_field: amount is no number."),
        ({"amount": -1}, "invalid_field: amount is negative."),
        ({"amount": 12.5}, "--amount-unit major if it is 12.50"),
        ({"amount": 10**13}, "invalid_field: amount is above 1,000,000,000,000 minor units."),
        ({"amount": None}, "invalid_field: amount is empty."),
        ({"currency": "XXX"}, "invalid_field: currency 'XXX' has no rate"),
        ({"occurred_at": "yesterday"}, "invalid_field: occurred_at is no ISO 8601 time"),
        ({"occurred_at": None}, "invalid_field: occurred_at is empty."),
        ({"occurred_at": "1969-12-31T00:00:00Z"}, "invalid_field: occurred_at is not between 1970 and 2100."),
        ({"is_fraud": "perhaps"}, "invalid_field: is_fraud is neither true nor false."),
        ({"customer_id": "c\n1"}, "invalid_field: customer_id holds characters that cannot be printed."),
        ({"terminal_id": "t" * 129}, "invalid_field: terminal_id is longer than 128 characters."),
        ({"transaction_id": ["a"]}, "invalid_field: transaction_id is neither a text nor a number."),
        ({"transaction_id": CARD}, "card_number: Send a token in place of the card number."),
        ({"customer_id": int(CARD)}, "card_number: Send a token in place of the card number."),
        ({"is_fraud": True, "reported_at": "2031-01-01T00:00:00Z"}, "reported_at lies in the future"),
        ({"is_fraud": True, "reported_at": "2020-01-01T00:00:00Z"}, "reported_at lies before occurred_at"),
    ],
)
async def test_a_row_that_cannot_be_scored_says_why_and_its_neighbours_are_scored(
    tmp_path: Path, changes: Row, problem: str
) -> None:
    good = [{"currency": "EUR", "is_fraud": False}] * 2
    content = rows(good[0], {**good[0], **changes}, good[1])
    found = await scores_of(write(tmp_path / "bank.jsonl", content))
    assert [entry["status"] for entry in found] == ["scored", "rejected", "scored"]
    assert problem in found[1]["problem"]
    assert [found[1][name] for name in ("score", "decision", "customer_id", "terminal_id", "amount")] == [
        None
    ] * 5
    alone = await scores_of(write(tmp_path / "alone.jsonl", [content[0], content[2]]))
    assert [entry["score"] for entry in alone] == [found[0]["score"], found[2]["score"]]


async def test_a_file_of_nothing_usable_has_failed_and_its_table_says_why_row_by_row(tmp_path: Path) -> None:
    path, output = write(tmp_path / "bad.csv", rows({"amount": "x"}, {"amount": "y"})), tmp_path / "a.parquet"
    assert "bad.csv: not one of 2 rows could be scored" in await refusal(path, "--output", output)
    assert [entry["status"] for entry in read(output)] == ["rejected"] * 2
    assert "amount is no number" in read(output)[0]["problem"]


@pytest.mark.parametrize(
    "changes",
    [
        {"transaction_id": CARD},
        {"customer_id": CARD},
        {"terminal_id": "4111 1111 1111 1111"},
        {"currency": CARD},
        {"transaction_id": CARD, "amount": -1},
    ],
)
async def test_a_card_number_is_repeated_nowhere(tmp_path: Path, changes: Row) -> None:
    path, output = write(tmp_path / "cards.csv", rows(changes, {})), tmp_path / "scores.parquet"
    said = await replayed(path, "--output", output)
    assert [entry["status"] for entry in read(output)] == ["rejected", "scored"]
    for text in (said, json.dumps(read(output), default=str), output.read_bytes().decode("latin-1")):
        assert CARD not in text.replace(" ", "")


async def test_many_card_numbers_are_refused_without_delay(tmp_path: Path) -> None:
    content = [row(number, customer_id=card(number)) for number in range(1, 20_001)]
    found = await scores_of(write(tmp_path / "cards.jsonl", [*content, row(customer_id="c-1")]))
    assert {entry["problem"][:12] for entry in found[:-1]} == {"card_number:"}


def card(number: int) -> str:
    """The n-th card number that passes every check."""
    digits = f"4{number:014d}"
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    return digits + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bank.xlsx", b"", "the name must end in .csv, .parquet, .jsonl"),
        ("bank.csv", b"", "Empty CSV file"),
        ("bank.csv", b"transaction_id,customer_id,terminal_id,amount,occurred_at\n", "there are no rows"),
        ("bank.csv", b"\xff\xfea\x00", "is not UTF-8 text"),
        ("bank.jsonl", b"", "there are no rows"),
        ("bank.jsonl", b'{"transaction_id": 1}\n{"transaction_', "line 2 is not JSON"),
        ("bank.jsonl", b"[1]\n", "line 1 is not a JSON object"),
        ("bank.parquet", b"", "Parquet file size is 0 bytes"),
        (
            "bank.csv",
            b"ID,CUST\n1,2\n",
            "column transaction_id is missing; there are ID, CUST. Name the right one",
        ),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path, output = tmp_path / name, tmp_path / "scores.parquet"
    path.write_bytes(content)
    said = await refusal(path, "--output", output)
    assert name in said
    assert message in said
    assert not output.exists()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
async def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"bank{suffix}", [row(number) for number in range(1, 500)])
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b",", 0, len(content) * 2 // 3)])
    said = await refusal(path, "--output", tmp_path / "scores.parquet")
    assert f"bank{suffix} cannot be read" in said


async def test_a_damaged_parquet_file_is_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "bank.parquet", [row(number) for number in range(1, 5_000)])
    content = bytearray(path.read_bytes())
    content[1_000:6_000] = bytes(5_000)
    path.write_bytes(content)
    said = await refusal(path, "--output", tmp_path / "scores.parquet")
    assert "bank.parquet" in said


async def test_a_file_that_is_not_there_is_told_from_the_other_sources(tmp_path: Path) -> None:
    said = await refusal(tmp_path / "none.csv", "--output", tmp_path / "scores.parquet")
    assert said.endswith("none.csv: there is no such file; a source is a file, `rows` or `requests`")


async def test_options_that_do_not_fit_the_file_are_refused_before_any_work(tmp_path: Path) -> None:
    path, output = write(tmp_path / "bank.csv", rows({})), tmp_path / "scores.parquet"
    for words, message in (
        (("--map", "amonut=AMT"), "--map: there is no column amonut; ours are transaction_id"),
        (("--map", "amount=AMT"), "column AMT is missing; there are transaction_id"),
        (("--currency", "eur"), "--currency eur: the model has no rate for it"),
        (("--from", "2031-01-01"), "they lie between 2026-03-02T12:00:00Z and 2026-03-02T12:00:00Z"),
    ):
        assert message in await refusal(path, *words, "--output", output)
    assert not output.exists()


async def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    path = write(tmp_path / "bank.parquet", rows({}))
    before = path.read_bytes()
    assert "create it first" in await refusal(path, "--output", tmp_path / "none" / "scores.parquet")
    assert "is the source itself" in await refusal(path, "--output", path)
    (tmp_path / "folder.parquet").mkdir()
    assert "is a folder" in await refusal(path, "--output", tmp_path / "folder.parquet")
    assert path.read_bytes() == before


async def test_a_model_that_cannot_be_used_is_refused_before_any_work(tmp_path: Path) -> None:
    path, output = write(tmp_path / "bank.csv", rows({})), tmp_path / "scores.parquet"
    damaged, changed = tmp_path / "damaged" / MODEL.name, tmp_path / "changed" / MODEL.name
    shutil.copytree(MODEL, damaged)
    (damaged / "manifest.json").write_text('{"name": ')
    shutil.copytree(MODEL, changed)
    (changed / "model.onnx").write_bytes(b"something else")
    for folder, message in (
        (tmp_path / "none", "none is not a model folder"),
        (damaged, "manifest.json is not valid JSON"),
        (changed, "model.onnx"),
    ):
        # The first one is good: the second must be looked at before it begins.
        said = await refusal(path, "--model", MODEL, "--model", folder, "--output", output)
        assert message in said
    assert not any(name.endswith(".parquet") for name in os.listdir(tmp_path))
