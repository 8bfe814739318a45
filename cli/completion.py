"""`flowserve completion SHELL`: the script that completes commands and options, made from their parsers."""

import argparse
from collections.abc import Sequence

import shtab

from cli.commands import COMMANDS, NEEDED
from cli.console import DONE

_TEXT = """\
Prints a script for the shell. bash: `eval "$(flowserve completion bash)"`, in ~/.bashrc for good. zsh: put it
into a file _flowserve of a folder in $fpath.
"""
_EXIT_CODES = """\
exit codes:
  0  done
  2  the command was not understood
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    given = make_parser().parse_args(arguments)
    print(shtab.complete(whole_parser(), given.shell))
    return DONE


def make_parser() -> argparse.ArgumentParser:
    """The parser of `completion`."""
    parser = argparse.ArgumentParser(
        prog="flowserve completion",
        description=_TEXT,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS, help="whose script")
    return parser


def whole_parser() -> argparse.ArgumentParser:
    """All commands under one parser; one that is not wholly installed has nothing to complete."""
    whole = argparse.ArgumentParser(prog="flowserve", description="Real-time fraud decisions.")
    under = whole.add_subparsers(metavar="COMMAND")
    for name, command in COMMANDS.items():
        try:
            parser = command.make_parser()
        except ModuleNotFoundError as error:
            if error.name not in NEEDED:
                raise
            continue
        entry = under.add_parser(name, help=command.text, parents=[parser], add_help=False)
        entry.description = parser.description
    return whole
