"""`flowserve replay` as a stranger types it: what it writes, its exit codes, and what a killed one leaves."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from flowserve_ml.features.definitions import FEATURES
from tests.integration.replay.bank import CARD, bank_columns, read, row, write
from tests.integration.replay.conftest import Replay, StartReplay
from tests.support.waiting import until

MODELS = Path("ml/models").absolute()
FLOWSERVE = Path(sys.executable).with_name("flowserve")

Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def run(inherited: dict[str, str], tmp_path: Path) -> Run:
    """Runs a command line in a folder of its own."""

    def in_folder(words: str) -> subprocess.CompletedProcess[str]:
        environment = {**inherited, "FLOWSERVE_MODELS_DIR": str(MODELS), "PGPORT": "1", "PGHOST": "127.0.0.1"}
        command = [str(FLOWSERVE), *words.split()[1:]]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )

    return in_folder


def test_the_call_of_an_analyst_with_a_banks_file(run: Run, tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table(bank_columns()), tmp_path / "transactions.parquet")
    done = run(
        "flowserve replay transactions.parquet --map transaction_id=ID --map customer_id=CUST "
        "--map terminal_id=TERM --map amount=AMT --map occurred_at=WHEN --map is_fraud=LABEL "
        "--amount-unit major --label-delay 7d --output scores.parquet"
    )
    assert (done.returncode, done.stdout) == (0, "")
    found = read(tmp_path / "scores.parquet")
    assert [entry["transaction_id"] for entry in found] == bank_columns()["ID"].to_pylist()
    assert {entry["status"] for entry in found} == {"scored"}
    assert set(FEATURES) | {"score", "decision"} <= set(found[0])
    assert f"{len(found):,} values of occurred_at have no zone; they are taken as UTC." in done.stderr
    assert f"{len(found):,} scored, 0 duplicate, 0 rejected\nwritten: scores.parquet\n" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["scores.parquet", "transactions.parquet"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("bank.csv", 1, "the database cannot be reached"),
        ("requests --output a.parquet", 1, "Kafka does not allow it"),
        ("bank.csv --output a.csv", 2, "--output: the name must end in .parquet"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_an_exit_code(
    run: Run, tmp_path: Path, words: str, code: int, message: str
) -> None:
    write(tmp_path / "bank.csv", [row()])
    done = run(f"flowserve replay {words}")
    assert done.returncode == code
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"flowserve replay: {message}")
    assert "Traceback" not in done.stderr
    assert "Unclosed" not in done.stderr
    assert os.listdir(tmp_path) == ["bank.csv"]


def test_a_file_of_which_nothing_can_be_scored_is_no_success(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "bank.csv", [row(amount="x"), row(2, amount="y")])
    done = run("flowserve replay bank.csv --output a.parquet")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("flowserve replay: bank.csv: not one of 2 rows could be scored")
    assert "amount is no number" in read(tmp_path / "a.parquet")[0]["problem"]


def test_the_reports_of_replay_and_compare_are_a_page_and_its_figures(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "bank.csv", [row(number, is_fraud=number % 50 == 0) for number in range(1, 301)])
    replayed = run("flowserve replay bank.csv --output new.parquet --report report.html")
    assert (replayed.returncode, replayed.stdout) == (0, "")
    assert "written: report.html" in replayed.stderr
    (tmp_path / "old.parquet").write_bytes((tmp_path / "new.parquet").read_bytes())
    compared = run("flowserve compare new.parquet old.parquet --output changes.html --json changes.json")
    assert compared.returncode == 0, compared.stderr
    assert "300 transactions compared: 0 decisions change" in compared.stdout
    for name in ("report", "changes"):
        page, figures = (tmp_path / f"{name}.html").read_text(), tmp_path / f"{name}.json"
        assert page.lower().startswith("<!doctype html>")
        assert page.rstrip().endswith("</html>")
        assert json.loads(figures.read_text())["compared"]["transactions"] == 300


def test_without_a_model_it_says_how_to_name_one(inherited: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "bank.csv", [row()])
    command = [str(FLOWSERVE), "replay", "bank.csv", "--output", "a.parquet"]
    done = subprocess.run(command, cwd=tmp_path, env=inherited, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "--model names the folder of a model" in done.stderr


def test_a_message_that_quotes_the_file_hides_its_card_numbers(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text(f"tx-1,{CARD},t-1,100,2026-03-01T00:00:00Z\n")
    done = run("flowserve replay bank.csv --output a.parquet")
    assert done.returncode == 1
    assert "there are tx-1, (hidden), t-1, 100" in done.stderr
    assert CARD not in done.stdout + done.stderr


class Slow:
    """A replay of many rows, caught while it writes them."""

    def __init__(self, folder: Path, start: StartReplay) -> None:
        self.output = folder / "scores.parquet"
        self._folder = folder
        self._start = start
        self._input = folder / "many.parquet"
        # Repeats need no features: nearly all of the time goes into writing.
        once = [row(number) for number in range(1, 101)]
        pa.parquet.write_table(pa.concat_tables([pa.Table.from_pylist(once)] * 1_000), self._input)

    async def writing(self) -> Replay:
        """It has begun to write, and not ended."""
        process = self._start(self._input, "--output", self.output)
        await until(lambda: bool(self.unfinished()), "it writes", 300, 0.001)  # it comes last on the machine
        return process

    def unfinished(self) -> list[str]:
        return [name for name in os.listdir(self._folder) if name.startswith(".scores")]


@pytest.fixture
def slow(tmp_path: Path, start_replay: StartReplay) -> Slow:
    return Slow(tmp_path, start_replay)


async def test_killed_while_it_writes_it_leaves_what_was_there_before(slow: Slow) -> None:
    before = b"what an earlier run has left"
    slow.output.write_bytes(before)
    process = await slow.writing()
    process.kill()
    process.wait()
    assert slow.unfinished()
    assert slow.output.read_bytes() == before


async def test_what_a_killed_one_left_is_gone_after_the_next_to_the_same_file(
    slow: Slow, run: Run, tmp_path: Path
) -> None:
    process = await slow.writing()
    process.kill()
    process.wait()
    (tmp_path / f".scores.parquet.{os.getpid()}").write_text("of a replay that is still running")
    write(tmp_path / "bank.csv", [row()])
    assert run("flowserve replay bank.csv --output scores.parquet").returncode == 0
    assert slow.unfinished() == [f".scores.parquet.{os.getpid()}"]


async def test_interrupted_it_ends_soon_and_leaves_nothing_half_written(slow: Slow, tmp_path: Path) -> None:
    process = await slow.writing()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert "interrupted" in (tmp_path / "replay-0.log").read_text().splitlines()[-1]
    assert not slow.unfinished()
    assert not slow.output.exists()
