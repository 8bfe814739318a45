"""What `flowserve erase` may be told, with its help."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from cli.arguments import client_name
from cli.database import UsageError
from schemas.card_numbers import holds_card_number
from schemas.headers import DEFAULT_CLIENT
from schemas.transaction import MAX_ID_CHARACTERS

_TEXT = """\
Forgets one customer of one client: the scorers' memory, and every row of PostgreSQL. Copies in Kafka's logs
go when the topics' retention removes them; the receipt says until when that takes. What the customer does
afterwards is new. docs/erasure.md says what is and what is not erased.

FLOWSERVE_KAFKA_BOOTSTRAP names the brokers, PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE the database.
"""
_EXIT_CODES = """\
exit codes:
  0  done; the receipt is on standard output
  1  the database or Kafka cannot be reached or refused the command
  2  the command was not understood, or not confirmed
  3  asked for, and not done yet: what is missing is said; give the same command again
  130  ended by Ctrl-C; what was asked for goes on, and the same command tells how far it is
"""


@dataclass(frozen=True)
class Erase:
    """Whom to erase. `wait_seconds` for the scorers and the sink together."""

    client: str
    customer: str
    yes: bool
    dry_run: bool
    wait_seconds: float
    as_json: bool


def parse(words: Sequence[str]) -> Erase:
    """Raises UsageError for a value that cannot be, SystemExit for --help and wrong syntax."""
    given = make_parser().parse_args(words)
    check_customer(given.customer)
    if given.client != DEFAULT_CLIENT:
        client_name(given.client)
    if not given.wait > 0:
        raise UsageError("--wait: give seconds, above 0")
    return Erase(given.client, given.customer, given.yes, given.dry_run, given.wait, given.json)


def check_customer(text: str) -> None:
    """Raises UsageError for an id that no transaction can have had; a card number is not repeated."""
    if not 1 <= len(text) <= MAX_ID_CHARACTERS:
        raise UsageError(
            f"--customer: a customer_id has 1 to {MAX_ID_CHARACTERS} characters, and this has {len(text)}"
        )
    if not text.isprintable():
        raise UsageError("--customer: a customer_id has printable characters only")
    if holds_card_number(text):
        raise UsageError(
            "--customer: this holds a payment card number, which FlowServe refuses in every id, so nothing "
            "is stored under it; give the customer_id that was sent"
        )


def make_parser() -> argparse.ArgumentParser:
    """The parser of this command."""
    parser = argparse.ArgumentParser(
        prog="flowserve erase",
        description=_TEXT,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--customer", required=True, metavar="ID", help="the customer_id, as it was sent")
    add("--client", default=DEFAULT_CLIENT, help="whose customer (%(default)s)")
    add("--yes", action="store_true", help="do not ask; needed where nobody sits at a terminal")
    add("--dry-run", action="store_true", help="show what would go, and do nothing")
    add(
        "--wait",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="for the scorers and the sink (%(default)g)",
    )
    add("--json", action="store_true", help="print the receipt as JSON")
    return parser
