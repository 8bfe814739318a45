"""`flowserve clients`: the organisations that may ask, as every scorer reads them from Kafka."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence

from cli.arguments import client_name, new_client_name
from cli.database import DONE, USAGE_ERROR, UsageError
from cli.kafka import KafkaUnavailable, kafka_errors, kafka_settings
from stream_processor.client_list import read_clients, write_clients

FAILED, NOT_LISTED = 1, 3

_TEXT = """\
A request is decided only for a client on this list, through every door; any other is rejected as
`unknown_client`. `flowserve keys create` adds its client by itself; a client that only writes to Kafka is
added here. Scorers know a new client at once, and refuse a removed one within seconds; what is decided stays
decided. FLOWSERVE_KAFKA_BOOTSTRAP names the brokers.
"""
_EXIT_CODES = """\
exit codes:
  0  done
  1  Kafka cannot be reached or refused the command
  2  the command was not understood
  3  there is no such client on the list
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code; what went wrong is a sentence on standard error."""
    given = make_parser().parse_args(arguments)
    try:
        if given.action == "add":
            new_client_name(given.client)
        elif given.action == "remove":
            client_name(given.client)
        with kafka_errors():
            return asyncio.run(_run(given))
    except (KafkaUnavailable, UsageError) as error:
        print(f"flowserve: {error}", file=sys.stderr)
        return USAGE_ERROR if isinstance(error, UsageError) else FAILED


async def _run(given: argparse.Namespace) -> int:
    settings = kafka_settings()
    if given.action == "add":
        await write_clients(settings, {given.client: True})
        print(f"{given.client} may ask")
        return DONE
    listed = await read_clients(settings)
    if given.action == "list":
        print(as_json(listed) if given.json else as_table(listed))
        return DONE
    if not listed.get(given.client, False):
        print(f"flowserve: there is no active client {given.client}", file=sys.stderr)
        return NOT_LISTED
    await write_clients(settings, {given.client: False})
    print(f"{given.client} may no longer ask; its API keys stay until `flowserve keys revoke`")
    return DONE


def as_table(listed: Mapping[str, bool]) -> str:
    """Aligned columns with a heading, by name."""
    width = max(len("CLIENT"), *(len(name) for name in listed))
    lines = [("CLIENT", "STATE"), *((name, _state(active)) for name, active in sorted(listed.items()))]
    return "\n".join(f"{name.ljust(width)}  {state}" for name, state in lines)


def as_json(listed: Mapping[str, bool]) -> str:
    """A JSON array, by name."""
    rows = [{"client_id": name, "state": _state(active)} for name, active in sorted(listed.items())]
    return json.dumps(rows, indent=2)


def _state(active: bool) -> str:
    return "active" if active else "removed"


def make_parser() -> argparse.ArgumentParser:
    """The parser of this command."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="flowserve clients", description=_TEXT, epilog=_EXIT_CODES, formatter_class=form
    )
    actions = parser.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every client that was ever added")
    listing.add_argument("--json", action="store_true", help="print a JSON array")
    for name, text in (("add", "from now on it may ask"), ("remove", "from now on it is refused")):
        action = actions.add_parser(name, help=text)
        action.add_argument("client", metavar="CLIENT", help="its name, such as acme-bank")
    return parser
