"""The help of every command: written down, with its exit codes, and completed by the shell."""

import subprocess
import sys

import pytest

from cli.commands import COMMANDS, main, usage
from cli.completion import whole_parser
from cli.reference import FILE, subparsers, text


def test_the_page_is_what_the_parsers_say() -> None:
    assert FILE.read_text() == text(), "run `make schemas`"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_its_exit_codes(name: str) -> None:
    told = COMMANDS[name].make_parser().format_help()
    assert f"usage: flowserve {name}" in told
    assert "exit codes:\n  0  " in told
    assert name in usage()


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"replay"}))
def test_wrong_use_is_code_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main([name, "--no-such-option"])
    except SystemExit as end:
        code = int(str(end.code))
    assert code == 2
    assert capsys.readouterr().err


def test_wrong_use_of_replay_is_code_2_from_the_process_that_it_forks() -> None:
    command = [sys.executable, "-m", "cli", "replay", "--no-such-option"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert done.stderr


@pytest.mark.parametrize("words", [[], ["socre"]])
def test_a_command_that_is_none_shows_what_there_is(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "score " in capsys.readouterr().err


def test_the_shell_completes_every_command_and_every_action(capsys: pytest.CaptureFixture[str]) -> None:
    (under,) = whole_parser()._subparsers._group_actions  # type: ignore[union-attr]
    assert set(under.choices or ()) == set(COMMANDS)
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    actions = {name for command in COMMANDS.values() for name in _actions(command.make_parser())}
    assert actions > {"create", "redrive", "swap", "parity"}
    assert [name for name in actions if f"_{name}" not in script] == []


def _actions(parser: object) -> set[str]:
    return {each.prog.split()[-1] for each in subparsers(parser)}  # type: ignore[arg-type]
