"""One release: its version is told alike wherever it is told, and the changelog begins with it."""

import re
from pathlib import Path

import pytest

import flowserve_ml
from cli.commands import main
from flowserve_client.version import VERSION as CLIENT_VERSION
from schemas.version import VERSION

ROOT = Path(__file__).parents[2]


def test_the_command_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"flowserve {VERSION}\n"


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == VERSION


def test_what_is_released_together_has_one_version() -> None:
    assert (CLIENT_VERSION, flowserve_ml.__version__) == (VERSION, VERSION)
