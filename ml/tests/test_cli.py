"""The command line: what it prints, what it writes and how it fails."""

import json
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest

from flowserve_ml.cli import COMMANDS, main
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder

PROJECT = Path(__file__).parent.parent
SMALL = ["--days", "70", "--customers", "250", "--terminals", "600", "--warm-up-days", "14", "--weeks", "1"]


@pytest.mark.parametrize("arguments", [[], ["fly"]])
def test_without_a_known_command_it_lists_them(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    listing = capsys.readouterr().err
    assert all(f"  {command}" in listing for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"flowserve-ml {command}" in capsys.readouterr().out


def test_generate_prints_one_request_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--count", "20", "--customers", "5", "--now", "2026-11-23T12:00:00Z"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 20
    assert json.loads(lines[0])["currency"] == "EUR"


def test_generate_ends_quietly_when_its_reader_leaves() -> None:
    command = [sys.executable, "-m", "flowserve_ml", "generate", "--count", "50000"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_simulate_then_train_then_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, models = tmp_path / "log.parquet", tmp_path / "models"
    assert main(["simulate", *SMALL[:6], "--seed", "3", "--output", str(log)]) == 0
    trained = ["train", "--input", str(log), *SMALL[6:], "--output", str(models), "--version", "1"]
    assert main(trained) == 0
    output = capsys.readouterr()
    assert output.out.strip() == str(models / "1")
    assert "test: average precision" in output.err
    assert main(["show", "--models", str(models)]) == 0
    assert json.loads(capsys.readouterr().out)["training"]["source"] == "file log.parquet"
    assert main(trained) == 1
    assert "exists already" in capsys.readouterr().err


def test_training_on_a_simulation_judges_on_two_others_and_says_what_other_simulations_give(
    tmp_path: Path,
) -> None:
    trained = ["train", "--simulate", *SMALL, "--seed", "7", "--output", str(tmp_path), "--version", "1"]
    assert main(trained) == 0
    unseen = ["unseen_simulation_1007", "unseen_simulation_2007"]
    assert list(Model.load(current_folder(tmp_path)).manifest.metrics) == ["validation", "test", *unseen]
    study = json.loads((tmp_path / "1" / "study.json").read_text())
    sources = ["simulation, seed 7", *unseen]
    pairs = [f"trained on {one}; judged on {other}" for one, other in permutations(sources, 2)]
    assert list(study["other_data"]["pairs"]) == pairs
    assert list(study["other_data"]["shares"]["average_precision_share"]) == ["mean", "min", "max"]
    card = (tmp_path / "1" / "MODEL_CARD.md").read_text()
    for part in ("## Other data", "Without the label delay", "With random labels"):
        assert part in card


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["simulate", "--days", "0", "--output", "x.csv"], "days must be above 0"),
        (["simulate", "--days", "1", "--output", "x.txt"], "must end in .parquet or .csv"),
        (["simulate", "--days", "1", "--customers", "9", "--output", "no/such/x.csv"], "no/such"),
        (["train", "--input", "no-such.csv", "--version", "1"], "no-such.csv"),
        (
            ["train", "--simulate", "--days", "40", "--customers", "9", "--version", "1"],
            "40 days are too few",
        ),
        (["show", "--models", "no-such-folder"], "current is missing"),
        (["generate", "--count", "-1"], "count must not be negative"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("flowserve-ml: ")
    assert message in last
