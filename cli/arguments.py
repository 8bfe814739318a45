"""What the command line may say, with its help, turned into plain values; nothing is looked up here."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from cli.database import UsageError
from cli.keys import SCOPES
from schemas.card_numbers import holds_card_number
from schemas.clients import NAME
from schemas.headers import UNKNOWN_CLIENT

_MAX_NAME = 100
_MAX_DAYS = 3_650

_EXIT_CODES = """\
exit codes:
  0  done
  1  the database or Kafka cannot be reached or refused the command
  2  the command was not understood
  3  there is no such key
"""
_KEYS_TEXT = """\
API keys belong to a client, the organisation that calls. A key is shown once, when it is created: only its
SHA-256 is stored. The database is named by PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE. `create` also
puts the client on the list of clients, on Kafka (FLOWSERVE_KAFKA_BOOTSTRAP); see `flowserve clients`.
"""


@dataclass(frozen=True)
class CreateKey:
    """`keys create`. `days` until it expires, None for never."""

    client: str
    name: str
    scopes: tuple[str, ...]
    days: int | None
    as_json: bool


@dataclass(frozen=True)
class ListKeys:
    """`keys list`."""

    as_json: bool


@dataclass(frozen=True)
class RevokeKey:
    """`keys revoke`."""

    key_id: str


Asked = CreateKey | ListKeys | RevokeKey


def parse(arguments: Sequence[str]) -> Asked:
    """Raises UsageError for a value that cannot be, SystemExit for --help and wrong syntax."""
    given = make_parser().parse_args(arguments)
    if given.action == "create":
        return CreateKey(
            new_client_name(given.client, "--client"),
            _name(given.name),
            _scopes(given.scopes),
            _days(given.expires_in),
            given.json,
        )
    if given.action == "list":
        return ListKeys(given.json)
    return RevokeKey(given.key_id)


def make_parser() -> argparse.ArgumentParser:
    """The parser of this command."""
    keys = argparse.ArgumentParser(
        prog="flowserve keys",
        description=_KEYS_TEXT,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = keys.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create a key and print it, once")
    create.add_argument("--client", required=True, help="the client it belongs to, such as acme-bank")
    create.add_argument("--name", required=True, help="what it is for, such as 'checkout, production'")
    create.add_argument(
        "--scopes",
        default="predict,read,feedback",
        help=f"comma separated, of {', '.join(SCOPES)} (%(default)s)",
    )
    create.add_argument("--expires-in", type=int, metavar="DAYS", help="days until it expires (never)")
    create.add_argument("--json", action="store_true", help="print a JSON object instead of the bare key")
    listing = actions.add_parser("list", help="list all keys, without the keys themselves")
    listing.add_argument("--json", action="store_true", help="print a JSON array")
    revoke = actions.add_parser("revoke", help="make a key useless, for good")
    revoke.add_argument("key_id", metavar="KEY_ID", help="the id that `keys list` shows")
    return keys


def column_pair(text: str) -> tuple[str, str]:
    """OURS=THEIRS of a `--map`. Raises UsageError."""
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise UsageError(f"--map {text}: write OURS=THEIRS, for example --map customer_id=card")
    return ours, theirs


def client_name(value: str, option: str = "CLIENT") -> str:
    """Raises UsageError, naming the option, for what cannot be a client's name."""
    if not NAME.fullmatch(value):
        raise UsageError(f"{option}: use 1 to 64 letters, digits, dots, dashes or underscores")
    if value == UNKNOWN_CLIENT:
        raise UsageError(f"{option}: `{value}` stands for requests that name nobody; use another name")
    return value


def new_client_name(value: str, option: str = "CLIENT") -> str:
    """The same for a name that is about to be used for the first time: each of its requests must be taken."""
    if holds_card_number(client_name(value, option)):
        raise UsageError(f"{option}: this name looks like a card number, so its requests would be refused")
    return value


def _name(value: str) -> str:
    if not value.isprintable() or not 0 < len(value) <= _MAX_NAME:
        raise UsageError(f"--name: use 1 to {_MAX_NAME} printable characters")
    return value


def _scopes(value: str) -> tuple[str, ...]:
    scopes = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
    for scope in scopes:
        if scope not in SCOPES:
            raise UsageError(f"--scopes: there is no scope {scope!r}; use some of {', '.join(SCOPES)}")
    return scopes


def _days(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= _MAX_DAYS:
        raise UsageError(f"--expires-in: use 1 to {_MAX_DAYS} days")
    return value
