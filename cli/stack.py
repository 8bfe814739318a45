"""`flowserve up | down | env`: the local stack, by its own commands."""

import argparse
from collections.abc import Sequence

from local_stack.commands import JSON, run
from local_stack.settings import Settings, inherited_environment

_TEXTS = {
    "up": """\
Starts Kafka, PostgreSQL and every process of FlowServe on this machine, scores a first transaction, and stays
until Ctrl-C. The data stays in FLOWSERVE_DATA_DIR (.flowserve).
""",
    "down": "Stops what `flowserve up` started, from another terminal. The data stays.\n",
    "env": """\
Prints the addresses and the API key of the running stack as lines for the shell:  eval "$(flowserve env)"
Every other command then works on that stack.
""",
}
_EXIT_CODES = """\
exit codes:
  0  done
  1  a part could not be started or there is no stack; the message says what to do
  2  the command was not understood
"""


def up_main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    return _delegate("up", arguments)


def down_main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    return _delegate("down", arguments)


def env_main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    return _delegate("env", arguments)


def up_parser() -> argparse.ArgumentParser:
    """The parser of `up`."""
    return _parser("up")


def down_parser() -> argparse.ArgumentParser:
    """The parser of `down`."""
    return _parser("down")


def env_parser() -> argparse.ArgumentParser:
    """The parser of `env`."""
    return _parser("env")


def _delegate(name: str, arguments: Sequence[str]) -> int:
    _parser(name).parse_args(arguments)
    return run([name, *arguments], Settings(), inherited_environment())


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"flowserve {name}",
        description=_TEXTS[name],
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help=JSON[name])
    return parser
