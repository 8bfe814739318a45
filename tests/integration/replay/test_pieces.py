"""However a file is cut into pieces while it is read, what comes out is the same."""

import random
from pathlib import Path

import pyarrow.parquet
import pytest

from flowserve_ml.prepare import source
from stream_processor.replay import ordered
from tests.integration.replay.bank import CARD, Row, replayed, row, write

SUFFIXES = (".csv", ".parquet", ".jsonl")


def hard(count: int) -> list[Row]:
    """Out of order, with repeats near and far, labels, currencies, and rows that cannot be used."""
    dice = random.Random(7)
    made = []
    for number in range(1, count + 1):
        entry = row(number, is_fraud=number % 9 == 0, currency="USD" if number % 11 == 0 else "EUR")
        if number % 13 == 0:
            entry |= {"transaction_id": f"tx-{number - 12}", "customer_id": f"c-{(number - 12) % 5}"}
        if number % 17 == 0:
            entry |= dice.choice(
                [{"amount": -1}, {"customer_id": CARD}, {"occurred_at": "2200-01-01T00:00:00Z"}]
            )
        made.append(entry)
    made += [made[number] | ({"amount": 5} if number % 20 else {}) for number in range(0, count, 10)]
    dice.shuffle(made)
    return made


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "PIECE_ROWS", 7)
    monkeypatch.setattr(source, "_BLOCK_BYTES", 700)
    monkeypatch.setattr(ordered, "_BLOCK_ROWS", 3)
    monkeypatch.setattr(ordered, "CHUNK_ROWS", 10)


async def result(path: Path, name: str) -> tuple[str, list[Row]]:
    """What was said, and the table."""
    output = path.with_name(name)
    said = await replayed(path, "--output", output)
    read: list[Row] = pyarrow.parquet.read_table(output).to_pylist()
    return said.replace(name, "the output"), read


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_pieces_change_no_row_and_no_word(
    tmp_path: Path, suffix: str, request: pytest.FixtureRequest
) -> None:
    path = write(tmp_path / f"bank{suffix}", hard(300))
    whole = await result(path, "whole.parquet")
    request.getfixturevalue("cut")
    assert (await result(path, "pieces.parquet")) == whole
    assert "Rows were not in time order" in whole[0]
    assert {entry["status"] for entry in whole[1]} == {"scored", "duplicate", "rejected"}


async def test_a_zone_in_one_piece_makes_times_without_one_in_another_a_mistake(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    content = [row(number, occurred_at=f"2026-03-01 12:00:{number:02d}") for number in range(1, 40)]
    path = write(tmp_path / "zones.csv", [*content, row(40)])
    whole = await result(path, "whole.parquet")
    request.getfixturevalue("cut")
    assert (await result(path, "pieces.parquet")) == whole
    assert [entry["status"] for entry in whole[1]] == ["rejected"] * 39 + ["scored"]


@pytest.mark.parametrize(
    "last", [None, "a", 2.5, 2**60, 2**70], ids=["missing", "text", "fraction", "long", "too long"]
)
async def test_an_id_of_another_kind_in_a_later_piece_changes_the_type_of_all(
    tmp_path: Path, last: object, request: pytest.FixtureRequest
) -> None:
    content = [row(number, transaction_id=number) for number in range(1, 40)]
    path = write(tmp_path / "ids.jsonl", [*content, row(40, transaction_id=last)])
    whole = await result(path, "whole.parquet")
    request.getfixturevalue("cut")
    assert (await result(path, "pieces.parquet")) == whole


async def test_whole_numbers_of_one_piece_have_gaps_in_another(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    content = [row(number, transaction_id=number if number != 3 else None) for number in range(1, 40)]
    path = write(tmp_path / "gaps.parquet", content)
    whole = await result(path, "whole.parquet")
    request.getfixturevalue("cut")
    assert (await result(path, "pieces.parquet")) == whole
    assert [entry["transaction_id"] for entry in whole[1]] == [1, 2, None, *range(4, 40)]
