"""The command line: `python -m local_stack up | down | clean | status | env | checksums`."""

import argparse
import asyncio
import json
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_stack import down, jars, secret
from local_stack.errors import PartFailed
from local_stack.progress import progress_for
from local_stack.settings import Settings
from local_stack.up import up

NOT_RUNNING = 3
COMMANDS = {
    "up": "start everything, stay until Ctrl-C",
    "down": "stop what `up` started",
    "clean": "stop, then erase the data folder",
    "status": "what runs; exit code 3 when nothing does",
    "env": "addresses of the running stack, for `eval`",
    "checksums": "download Kafka's jars anew and print their SHA-256 sums",
}
JSON = {
    "up": "a JSON object a line for each change; the one with `up` has the addresses",
    "down": "a JSON array of what was done",
    "env": "a JSON object",
}
"""What `--json` prints, by the commands that have it."""


def run(arguments: Sequence[str], settings: Settings, inherited: Mapping[str, str]) -> int:
    """Runs one command and returns its exit code; a failed part is told on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m local_stack", description="The local stack of FlowServe."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(json=False)
        if name in JSON:
            command.add_argument("--json", action="store_true", help=JSON[name])
    given = parser.parse_args(arguments)
    try:
        return _run(given.command, given.json, settings, inherited)
    except PartFailed as error:
        print(error, file=sys.stderr)
        return 1


def _run(command: str, as_json: bool, settings: Settings, inherited: Mapping[str, str]) -> int:
    lines: list[str] = []
    code = 0
    match command:
        case "up":
            asyncio.run(up(settings, inherited, progress_for(sys.stdout, as_json)))
        case "down":
            done = down.down(settings.data)
            lines = [json.dumps(done)] if as_json else done or ["nothing was running"]
        case "clean":
            lines = down.clean(settings.data)
        case "status":
            running, lines = down.status(settings.data)
            code = 0 if running else NOT_RUNNING
        case "env":
            known = addresses(settings.data)
            lines = [json.dumps(known)] if as_json else exports(known)
        case "checksums":
            with tempfile.TemporaryDirectory() as work:
                found = jars.resolve(Path(work), lambda line: print(line, file=sys.stderr))
                lines = [jars.write_checksums(found).rstrip("\n")]
    print(*lines, sep="\n", end="\n" if lines else "")
    return code


def addresses(data: Path) -> dict[str, str]:
    """By environment name, the API key among them. Raises PartFailed when the stack was never up."""
    stored = secret.recall(data / "secrets" / "addresses.json")
    if stored is None:
        raise PartFailed("stack", "has not been up on this data folder yet: run `make up`")
    known: dict[str, str] = json.loads(stored)
    return known


def exports(known: Mapping[str, str]) -> list[str]:
    """`export NAME=value` for each address."""
    return [f"export {name}={shlex.quote(value)}" for name, value in known.items()]
