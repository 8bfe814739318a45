"""What commands print for programs: every command has it, and it is whole."""

import argparse
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import compare, replay_run
from cli.commands import COMMANDS, main
from cli.parity import Difference
from cli.reference import subparsers
from cli.verify import told
from local_stack import secret
from schemas.kafka_access import RULES

# A script for the shell, and the confirmation of what was named: there is nothing in them to take apart.
WITHOUT = {"completion", "keys revoke", "clients add", "clients remove"}


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Every command and action, by what is typed."""
    found = {}
    for command in COMMANDS.values():
        parser = command.make_parser()
        actions = list(subparsers(parser))
        for each in actions or [parser]:
            found[each.prog.removeprefix("flowserve ")] = each
    return found


def test_every_command_prints_json_when_asked() -> None:
    lacking = {name for name, parser in parsers().items() if "--json" not in parser.format_help()}
    assert lacking == WITHOUT


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder on which a stack was up once, and is not now."""
    monkeypatch.setenv("FLOWSERVE_DATA_DIR", str(tmp_path))
    return tmp_path


def test_env_is_the_addresses_and_the_key(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = {"FLOWSERVE_API_PORT": "8000", "PGPASSWORD": "it's one", "FLOWSERVE_API_KEY": "fs_x"}
    secret.store(data / "secrets" / "addresses.json", json.dumps(known))
    assert main(["env", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == known
    assert main(["env"]) == 0
    assert "export PGPASSWORD='it'\"'\"'s one'" in capsys.readouterr().out


def test_down_is_what_was_done(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["down"]) == 0
    assert capsys.readouterr().out == "nothing was running\n"


def test_acls_are_the_rules_with_their_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["acls", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == len(RULES)
    assert all(rule["why"] for rule in found)
    assert main(["acls"]) == 0
    assert [" ".join(rule["arguments"]) for rule in found] == capsys.readouterr().out.splitlines()


def test_a_verdict_names_each_difference(capsys: pytest.CaptureFixture[str]) -> None:
    other = Difference("c-1", "tx-1", "score", 0.25, None)
    assert told([other], 2, as_json=True) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"equal": False, "transactions": 2, "differences": [vars(other)]}
    assert told([], 2, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["equal"] is True
    assert told([other], 2, as_json=False) == 1
    assert "customer c-1, transaction tx-1: score live 0.25, replayed None" in capsys.readouterr().out


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A command takes Ctrl-C for itself, and here it does not end with its process."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_replay_says_what_it_did_and_a_comparison_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLOWSERVE_MODELS_DIR", str(Path(__file__).parents[3] / "ml/models"))
    head = "transaction_id,customer_id,terminal_id,amount,occurred_at\n"
    rows = [f"tx-{day},c-1,t-1,1000,2026-03-{day:02d}T12:00:00Z\n" for day in range(1, 21)]
    Path("bank.csv").write_text(head + "".join([*rows, "tx-21,c-1,t-1,much,2026-03-21T12:00:00Z\n"]))
    assert replay_run.main(["bank.csv", "--output", "scores.parquet", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["scored"], done["rejected"], done["refused"]) == (20, 1, 1)
    assert (done["output"], done["stored"]) == ("scores.parquet", False)
    words = ["scores.parquet", "scores.parquet", "--output", "report.html", "--json"]
    assert compare.main(words) == 0
    assert json.loads(capsys.readouterr().out)["flips"]["flipped"] == 0
    assert Path("report.html").exists()
    assert not Path("report.json").exists()
