"""The commands of `flowserve`: finds the command and loads only what that one needs."""

import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "acls": ("cli.acls", "print the rules that Kafka needs for each process"),
    "keys": ("cli.keys_main", "create, list and revoke API keys"),
    "clients": ("cli.clients", "list, add and remove clients, the organisations that may ask"),
    "dlq": ("cli.dead_letters.command", "list, show and redrive refused requests"),
    "erase": ("cli.erase", "forget a customer: memory, rows, and until when copies remain"),
    "replay": ("cli.replay", "score history again: a file, the stored rows, or the request topic"),
    "compare": ("cli.compare", "report what a replay changes: decisions, scores, money, fraud found"),
    "verify": ("cli.verify", "prove that every door answers alike"),
}
"""By name: the module whose `main(arguments)` returns the exit code, and a line of help."""

_REPLAY_PACKAGES = {"matplotlib", "pandas", "pyarrow", "rich"}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong use; a command may document more."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] in (["-h"], ["--help"]):
        print(_usage())
        return 0
    if not words or words[0] not in COMMANDS:
        print(
            _usage() if not words else f"flowserve: there is no command {words[0]!r}\n\n{_usage()}",
            file=sys.stderr,
        )
        return 2
    try:
        code: int = importlib.import_module(COMMANDS[words[0]][0]).main(words[1:])
    except ModuleNotFoundError as error:
        if error.name not in _REPLAY_PACKAGES:
            raise
        print(f"flowserve {words[0]} needs {error.name}: install flowserve-backend[replay]", file=sys.stderr)
        return 1
    return code


def _usage() -> str:
    lines = [f"  {name:<10}{text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(["usage: flowserve COMMAND [--help]", "", *lines])
