"""`python -m cli.reference`: writes docs/cli.md from the parsers, so that they agree."""

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cli.commands import COMMANDS, usage

FILE = Path(__file__).parents[1] / "docs/cli.md"
_HEAD = """\
# The command line

Written by `make schemas` from the parsers of the commands; `flowserve COMMAND --help` says the same. In a
checkout `flowserve` is `.venv/bin/flowserve`. Beside a running local stack, `eval "$(flowserve env)"` sets
every address and the API key. Commands print tables for people and, with `--json`, JSON for programs: one
document, or one object a line. What goes wrong is one sentence on standard error. Ctrl-C ends any of them,
and what was interrupted can be given again.
"""
# Else a page would be as wide as the terminal that it was written in.
_Page = partial(argparse.RawDescriptionHelpFormatter, width=100)


def text() -> str:
    """The whole page."""
    parts = [_HEAD, _block(usage())]
    for name, command in COMMANDS.items():
        parser = command.make_parser()
        parts += [f"## flowserve {name}\n", _block(page(parser))]
        parts += [_block(page(sub)) for sub in subparsers(parser)]
    return "\n".join(parts)


def page(parser: argparse.ArgumentParser) -> str:
    """The help of one parser, always equally wide."""
    parser.formatter_class = _Page
    return parser.format_help()


def subparsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The actions of a command, such as those of `keys`."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _block(content: str) -> str:
    return f"```text\n{content.rstrip()}\n```\n"


if __name__ == "__main__":
    FILE.write_text(text())
