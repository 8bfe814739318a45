"""Somebody's file to a scored table: formats, ids, times, amounts, repeats, and one row for every row."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from flowserve_ml.features.definitions import FEATURES
from tests.integration.replay.bank import (
    BANK_OPTIONS,
    Row,
    bank_columns,
    read,
    replayed,
    row,
    rows,
    scores_of,
    simulated,
    write,
)

SUFFIXES = (".csv", ".parquet", ".jsonl")


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank's file of 60 days."""
    path = tmp_path / "bank.parquet"
    pa.parquet.write_table(pa.table(bank_columns()), path)
    return path


async def test_every_format_gives_the_same_scores(tmp_path: Path) -> None:
    content = [row(number, is_fraud=number % 7 == 0) for number in range(1, 200)]
    found = [await scores_of(write(tmp_path / f"bank{suffix}", content)) for suffix in SUFFIXES]
    assert found[0] == found[1] == found[2]
    assert [entry["status"] for entry in found[0]] == ["scored"] * 199


async def test_a_banks_own_columns_units_and_naive_times_give_the_scores_of_our_own(
    bank: Path, tmp_path: Path
) -> None:
    made = simulated()
    ours = write(
        tmp_path / "ours.jsonl",
        (
            {
                "transaction_id": str(1_000 + 3 * number),
                "customer_id": str(made.customers[number]),
                "terminal_id": str(made.terminals[number]),
                "amount": int(made.cents[number]),
                "occurred_at": f"{made.times.astype('datetime64[s]')[number]}Z",
                "is_fraud": bool(made.is_fraud[number]),
            }
            for number in range(len(made))
        ),
    )
    theirs, found = await scores_of(bank, *BANK_OPTIONS), await scores_of(ours)
    assert len(found) == len(made) > 2_500
    assert [entry | {"transaction_id": int(entry["transaction_id"])} for entry in found] == theirs
    assert {"approve", "review", "decline"} == {entry["decision"] for entry in found}


async def test_the_table_has_every_feature_label_reason_and_says_where_it_comes_from(
    bank: Path, tmp_path: Path
) -> None:
    output = tmp_path / "scores.parquet"
    await replayed(bank, *BANK_OPTIONS, "--output", output, "--run-id", "first")
    table = pa.parquet.read_table(output)
    assert table.column_names[-len(FEATURES) :] == list(FEATURES)
    assert table.schema.field("transaction_id").type == pa.int64()
    about = pa.parquet.read_schema(output).metadata[b"flowserve.replay"]
    facts = json.loads(about)
    assert (facts["run_id"], facts["source"], facts["label_delay_days"]) == ("first", "bank.parquet", 7)
    assert facts["counts"] == {"scored": table.num_rows, "duplicate": 0, "rejected": 0}
    for entry in table.to_pylist():
        assert (entry["reasons"] is None) == (entry["decision"] == "approve")


async def test_two_runs_give_the_same_bytes(bank: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    for output in outputs:
        await replayed(bank, *BANK_OPTIONS, "--output", output)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


async def test_rows_in_any_order_come_out_in_the_order_of_the_file_with_the_same_scores(
    bank: Path, tmp_path: Path
) -> None:
    table = pa.parquet.read_table(bank)
    dice = random.Random(1)
    moments = {
        moment: dice.random() for moment in table["WHEN"].to_pylist()
    }  # equal moments keep their order
    order = sorted(range(table.num_rows), key=lambda number: moments[table["WHEN"][number].as_py()])
    turned = tmp_path / "turned.parquet"
    pa.parquet.write_table(table.take(pa.array(order)), turned)
    found, known = await scores_of(turned, *BANK_OPTIONS), await scores_of(bank, *BANK_OPTIONS)
    assert [entry["row"] for entry in found] == list(range(1, len(order) + 1))
    assert [without_place(entry) for entry in found] == [without_place(known[number]) for number in order]


def without_place(entry: Row) -> Row:
    return {name: value for name, value in entry.items() if name != "row"}


@pytest.mark.parametrize(
    ("ids", "kind"),
    [
        (pa.array([7, 9, 1_000_000, 11]), pa.int64()),
        (pa.array([7, 9, 2**53 + 1, None]), pa.int64()),
        (pa.array(["007", "a", "b", "c"]), pa.string()),
        (pa.array([7, 9, 8, 11], pa.int32()), pa.int32()),
    ],
)
async def test_an_id_keeps_its_type_and_its_digits(tmp_path: Path, ids: pa.Array, kind: pa.DataType) -> None:
    table = pa.Table.from_pylist(rows({}, {}, {}, {}))
    path, output = tmp_path / "ids.parquet", tmp_path / "scores.parquet"
    pa.parquet.write_table(table.set_column(0, "transaction_id", ids), path)
    await replayed(path, "--output", output)
    found = pa.parquet.read_table(output)["transaction_id"]
    assert (found.type, found.to_pylist()) == (kind, ids.to_pylist())


async def test_a_missing_customer_costs_its_row_and_leaves_the_other_numbers_whole(tmp_path: Path) -> None:
    path = write(
        tmp_path / "gaps.parquet", rows({"customer_id": 7}, {"customer_id": None}, {"customer_id": 7})
    )
    found = await scores_of(path)
    assert [entry["customer_id"] for entry in found] == ["7", None, "7"]
    assert [entry["problem"] for entry in found] == [None, "invalid_field: customer_id is empty.", None]


async def test_whole_numbers_that_became_floats_beside_a_missing_one_are_whole_again(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(rows({}, {}, {}, {}))
    customers = pa.array([7.0, None, 2.5, 2.0**53])
    path = tmp_path / "floats.parquet"
    pa.parquet.write_table(
        table.set_column(table.column_names.index("customer_id"), "customer_id", customers), path
    )
    found = await scores_of(path)
    assert [entry["customer_id"] for entry in found] == ["7", None, "2.5", None]
    assert "customer_id is too large for a float: keep it as text" in found[3]["problem"]


async def test_ids_of_several_kinds_are_told_apart_as_text(tmp_path: Path) -> None:
    ids = [1, "a", 2.5, None, {"x": 1}, 2**70]
    found = await scores_of(
        write(tmp_path / "mixed.jsonl", rows(*({"transaction_id": each} for each in ids)))
    )
    assert [entry["status"] for entry in found] == ["scored"] * 3 + ["rejected"] * 2 + ["scored"]
    assert [entry["transaction_id"] for entry in found][:4] == ["1", "a", "2.5", None]


async def test_zones_are_honoured_and_a_time_without_one_among_them_is_rejected(tmp_path: Path) -> None:
    same = [
        "2026-03-01T12:00:00Z",
        "2026-03-01T14:00:00+02:00",
        "2026-03-01T07:00:00-05",
        "2026-03-01 12:00:00",
    ]
    path = write(tmp_path / "zones.csv", rows(*({"occurred_at": text} for text in same)))
    await replayed(path, "--output", tmp_path / "scores.parquet")
    *zoned, naive = read(tmp_path / "scores.parquet")
    assert len({entry["occurred_at"] for entry in zoned}) == 1
    assert naive["status"] == "rejected"
    assert "has no zone, and other rows have one" in naive["problem"]


async def test_times_that_all_have_no_zone_are_utc_and_the_command_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "naive.csv", rows({"occurred_at": "2026-03-01 12:00:00"}))
    said = await replayed(path, "--output", tmp_path / "scores.parquet")
    assert [entry["status"] for entry in read(tmp_path / "scores.parquet")] == ["scored"]
    assert "1 values of occurred_at have no zone; they are taken as UTC." in said


async def test_fractions_of_a_second_order_transactions_and_come_out_again(tmp_path: Path) -> None:
    times = ["2026-03-01T12:00:00.000002Z", "2026-03-01T12:00:00.000001Z"]
    content = rows(*({"occurred_at": text, "customer_id": "c"} for text in times))
    found = await scores_of(write(tmp_path / "fine.jsonl", content))
    assert [entry["customer_count_1d"] for entry in found] == [2, 1]
    assert [entry["occurred_at"].microsecond for entry in found] == [2, 1]


async def test_amounts_are_minor_units_unless_told_and_go_through_the_models_rates(tmp_path: Path) -> None:
    content = rows(
        {"amount": 1_255}, {"amount": 1_255, "currency": "USD"}, {"amount": 500, "currency": "JPY"}
    )
    found = await scores_of(write(tmp_path / "minor.csv", content))
    assert [entry["amount"] for entry in found] == [12.55, 10.79, 2.8]
    content = rows(
        {"amount": 12.55}, {"amount": 12.55, "currency": "USD"}, {"amount": 500, "currency": "JPY"}
    )
    assert await scores_of(write(tmp_path / "major.csv", content), "--amount-unit", "major") == found
    dollars = await scores_of(write(tmp_path / "usd.csv", rows({"amount": 1_255})), "--currency", "USD")
    assert dollars[0]["amount"] == 10.79


@pytest.mark.parametrize("kind", [pa.float32(), pa.decimal128(10, 2), pa.string()])
async def test_amounts_of_any_numeric_type_are_read_as_they_were_meant(
    tmp_path: Path, kind: pa.DataType
) -> None:
    table = pa.Table.from_pylist(rows({}, {}))
    path = tmp_path / "amounts.parquet"
    amounts = pa.array(["12.55", "0.1"]).cast(kind)
    pa.parquet.write_table(table.set_column(table.column_names.index("amount"), "amount", amounts), path)
    assert [entry["amount"] for entry in await scores_of(path, "--amount-unit", "major")] == [12.55, 0.1]


async def test_repeats_are_told_apart_and_do_not_count_twice(tmp_path: Path) -> None:
    content = [row(1), row(1), row(1, amount=9), row(6)]  # 1 and 6 are of one customer
    found = await scores_of(write(tmp_path / "repeats.csv", content))
    assert [entry["status"] for entry in found] == ["scored", "duplicate", "rejected", "scored"]
    assert found[2]["problem"].startswith("idempotency_conflict: ")
    assert found[3]["customer_count_30d"] == 2
    assert [entry["score"] is None for entry in found] == [False, True, True, False]
