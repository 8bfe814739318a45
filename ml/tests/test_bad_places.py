"""Tables, folders and artifacts that cannot be used: one specific line, exit code 1, nothing half written."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from conftest import Say

from flowserve_ml.cli import main
from flowserve_ml.files import write_transactions
from flowserve_ml.simulator import Transactions

HEADER_AND_ROW = (
    "transaction_id,customer_id,terminal_id,amount,currency,occurred_at,is_fraud\n"
    "a,c,t,1250,EUR,2026-04-01T12:00:00Z,false\n"
)
MINIMUM = ["--warm-up-days", "14", "--weeks", "1", "--no-study", "--version", "1"]


@pytest.fixture(scope="module")
def table(transactions: Transactions, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """A simulation that could be trained on."""
    path = tmp_path_factory.mktemp("simulation") / "good.parquet"
    write_transactions(transactions, path)
    return pa.parquet.read_table(path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def replaced(table: pa.Table, name: str, values: object) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.slice(0, 0), "there are no rows"),
        (lambda t: replaced(t, "is_fraud", [False] * len(t)), "hold no known fraud"),
        (lambda t: replaced(t, "amount", [-5] * len(t)), "negative values"),
        (lambda t: replaced(t, "occurred_at", np.arange(len(t))), "needs times"),
        (
            lambda t: replaced(t, "transaction_id", ["x"] * len(t)),
            "repeated values; `prepare` takes them out",
        ),
        (lambda t: t.drop_columns(["terminal_id"]), "column terminal_id is missing"),
        (lambda t: t.replace_schema_metadata({"flowserve_ml.truth": "{"}), "describe no simulation"),
        (
            lambda t: t.replace_schema_metadata({"flowserve_ml.truth": '{"recipe": {"x": 1}, "seed": 1}'}),
            "no sim",
        ),
        (lambda t: t.slice(0, 9_000), "days are too few"),
    ],
)
def test_a_table_that_cannot_be_trained_on_says_why(
    table: pa.Table, tmp_path: Path, said: Say, change: Callable[[pa.Table], pa.Table], message: str
) -> None:
    path = tmp_path / "log.parquet"
    pa.parquet.write_table(change(table), path)
    assert main(["train", "--input", str(path), *MINIMUM, "--output", str(tmp_path / "models")]) == 1
    assert message in said()
    assert names(tmp_path) == ["log.parquet"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_file_cut_off_in_the_middle_is_not_trained_on(
    table: pa.Table, tmp_path: Path, said: Say, suffix: str
) -> None:
    path = tmp_path / f"log{suffix}"
    (pa.csv.write_csv if suffix == ".csv" else pa.parquet.write_table)(table, path)
    path.write_bytes(path.read_bytes()[:-40])
    assert main(["train", "--input", str(path), *MINIMUM, "--output", str(tmp_path / "models")]) == 1
    assert "cannot be read" in said()
    assert names(tmp_path) == [path.name]


def test_another_file_to_judge_on_must_be_as_long(table: pa.Table, tmp_path: Path, said: Say) -> None:
    whole, short = tmp_path / "whole.parquet", tmp_path / "short.parquet"
    pa.parquet.write_table(table, whole)
    pa.parquet.write_table(table.slice(0, 9_000), short)
    files = ["--input", str(whole), "--unseen", str(short), "--output", str(tmp_path / "models")]
    assert main(["train", *files, *MINIMUM]) == 1
    assert "file_short has" in said()
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("command", [["simulate", "--days", "2"], ["prepare", "--input", "raw.csv"]])
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("no/such/x.parquet", "is no folder, create it first"),
        ("file/x.parquet", "is no folder, create it first"),
        ("folder.parquet", "is a folder: name a file to write"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_said_before_the_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: Say,
    command: list[str],
    place: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("raw.csv").write_text(HEADER_AND_ROW)
    Path("file").write_text("")
    Path("folder.parquet").mkdir()
    assert main([*command, "--output", place]) == 1
    assert message in said()
    assert names(Path()) == ["file", "folder.parquet", "raw.csv"]
    assert not names(Path("folder.parquet"))


@pytest.mark.parametrize("command", ["prepare", "train"])
def test_a_folder_or_nothing_in_place_of_a_file_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Say, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.parquet").mkdir()
    rest = ["--output", "out.parquet", *(["--version", "1"] if command == "train" else [])]
    assert main([command, "--input", "folder.parquet", *rest]) == 1
    assert "folder.parquet is a folder: name a file to read" in said()
    assert main([command, "--input", "none.parquet", *rest]) == 1
    assert "none.parquet" in said()
    assert names(Path()) == ["folder.parquet"]


def test_models_cannot_lie_in_a_file(table: pa.Table, tmp_path: Path, said: Say) -> None:
    pa.parquet.write_table(table, tmp_path / "log.parquet")
    models = tmp_path / "models"
    models.write_text("")
    assert main(["train", "--input", str(tmp_path / "log.parquet"), *MINIMUM, "--output", str(models)]) == 1
    assert "is no folder" in said()


@pytest.mark.parametrize("share", ["nan", "-0.1", "1.1"])
def test_a_share_of_rejected_rows_is_a_share(tmp_path: Path, said: Say, share: str) -> None:
    (tmp_path / "raw.csv").write_text(HEADER_AND_ROW)
    files = ["--input", str(tmp_path / "raw.csv"), "--output", str(tmp_path / "out.parquet")]
    assert main(["prepare", *files, "--max-rejected", share]) == 1
    assert "must be from 0 to 1" in said()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"2027.1.1\n", "current names '2027.1.1': "),
        (b"", "current names ''"),
        (b"\xff\xfe", "is no text file that names a version"),
        (b"../1.0", "is no model version"),
    ],
)
def test_a_pointer_to_nothing_is_named(
    models: Path, tmp_path: Path, said: Say, content: bytes, message: str
) -> None:
    folder = Path(shutil.copytree(models, tmp_path / "models"))
    (folder / "current").write_bytes(content)
    assert main(["show", "--models", str(folder)]) == 1
    assert message in said()


@pytest.mark.parametrize("name", ["model.onnx", "trees.json"])
def test_a_damaged_artifact_is_refused_by_every_command(
    models: Path, tmp_path: Path, said: Say, name: str
) -> None:
    folder = Path(shutil.copytree(models, tmp_path / "models"))
    (folder / "1.0" / name).write_bytes(b"{}")
    for command in (["show"], ["evaluate", "--simulate"], ["policy", "--version", "2", "--review", "0.1"]):
        assert main([*command, "--models", str(folder)]) == 1
        assert "has SHA-256" in said()
    assert names(folder) == ["1.0", "current"]
