"""What `flowserve dlq` may be told, with its help."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cli.database import UsageError
from cli.dead_letters.filters import Filters
from cli.moments import moment

_PLACE = re.compile(r"\d{1,9}/\d{1,18}")
_TEXT = """\
Dead letters are requests that could not be decided, as they lie on flowserve.requests.dlq.v1: bytes and
headers untouched, and why. They are kept for 30 days. FLOWSERVE_KAFKA_BOOTSTRAP names the brokers.
"""
_REDRIVE = """\
Puts letters back on the requests: same bytes, key and headers, on the partition of their key. Letters that
would only be refused again stay where they are, and the reason is said. What goes back is marked, so the same
command can be given again; a transaction that was scored already is not scored twice.
"""
_EXIT_CODES = """\
exit codes:
  0  done
  1  Kafka cannot be reached or refused the command
  2  the command was not understood
  3  there is no such letter
  130  ended by Ctrl-C; the same command goes on
"""


@dataclass(frozen=True)
class List:
    """`dlq list`. The newest `limit` letters that pass, all of them for 0."""

    filters: Filters
    limit: int
    as_json: bool


@dataclass(frozen=True)
class Show:
    """`dlq show`."""

    partition: int
    offset: int
    as_json: bool


@dataclass(frozen=True)
class Redrive:
    """`dlq redrive`. `rate` in letters per second."""

    filters: Filters
    most: int
    again: bool
    rate: float
    dry_run: bool
    as_json: bool


Asked = List | Show | Redrive


def parse(words: Sequence[str]) -> Asked:
    """Raises UsageError for a value that cannot be, SystemExit for --help and wrong syntax."""
    given = make_parser().parse_args(words)
    if given.action == "show":
        partition, _, offset = _place(given.letter).partition("/")
        return Show(int(partition), int(offset), given.json)
    filters = Filters(
        given.client,
        given.code,
        given.customer,
        given.partition,
        _milliseconds("--from", given.first),
        _milliseconds("--to", given.end),
        frozenset(_place(place) for place in getattr(given, "letters", ())),
    )
    if given.action == "list":
        return List(filters, given.limit, given.json)
    if not filters.narrow and not given.all:
        raise UsageError("say which letters: PARTITION/OFFSET, a filter such as --code, or --all")
    if given.rate <= 0:
        raise UsageError("--rate: give letters per second, above 0")
    return Redrive(filters, given.max_redrives, given.again, given.rate, given.dry_run, given.json)


def make_parser() -> argparse.ArgumentParser:
    """The parser of this command."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="flowserve dlq", description=_TEXT, epilog=_EXIT_CODES, formatter_class=form
    )
    actions = parser.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="letters, newest last, and how many there are by code")
    _add_filters(listing)
    listing.add_argument(
        "--limit", type=int, default=50, metavar="N", help="show the newest N, 0 for all (%(default)s)"
    )
    show = actions.add_parser("show", help="one letter: why, headers, payload")
    show.add_argument("letter", metavar="PARTITION/OFFSET", help="its place, as `list` shows it")
    again = actions.add_parser(
        "redrive", help="put letters back on the requests", description=_REDRIVE, formatter_class=form
    )
    again.add_argument("letters", nargs="*", metavar="PARTITION/OFFSET", help="these letters only")
    _add_filters(again)
    again.add_argument("--all", action="store_true", help="every letter, where no filter is given")
    again.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    again.add_argument(
        "--rate", type=float, default=200.0, metavar="N", help="letters per second (%(default)g)"
    )
    again.add_argument(
        "--max-redrives",
        type=int,
        default=3,
        metavar="N",
        help="leave records that were put back so often before (%(default)s)",
    )
    again.add_argument("--again", action="store_true", help="also letters that were put back already")
    for action in (listing, show, again):
        action.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add_filters(action: argparse.ArgumentParser) -> None:
    add = action.add_argument_group("which letters; filters narrow").add_argument
    add("--client", help="of this client")
    add("--code", help="with this code, such as unknown_client")
    add("--customer", help="of this customer_id, by key or body")
    add("--partition", type=int, metavar="N", help="on this partition")
    add("--from", dest="first", metavar="TIME", help="refused at or after, RFC 3339")
    add("--to", dest="end", metavar="TIME", help="refused before")


def _place(text: str) -> str:
    if not _PLACE.fullmatch(text):
        raise UsageError(f"{text}: write PARTITION/OFFSET as `flowserve dlq list` shows it, such as 3/17")
    partition, _, offset = text.partition("/")
    return f"{int(partition)}/{int(offset)}"


def _milliseconds(option: str, text: str | None) -> int | None:
    read = moment(option, text)
    return None if read is None else int(read.timestamp() * 1000)
