"""What `flowserve score` and `flowserve produce` may be told, with their help."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.arguments import client_name, column_pair
from cli.database import UsageError
from schemas.headers import DEFAULT_CLIENT

SCORE, PRODUCE = "score", "produce"

_FILE = """\
Without FILE one transaction is made of --customer, --terminal and --amount. FILE (.csv, .parquet, .jsonl) has
a row per transaction: transaction_id, customer_id, terminal_id, amount, occurred_at, and perhaps currency;
--map names columns that are called otherwise. Rows go in the order of their times; those that cannot be read
are listed.
"""
_SCORE = f"""\
Asks the API for decisions and shows them with their reasons. FLOWSERVE_API_URL (or _HOST and _PORT) and
FLOWSERVE_API_KEY say where and as whom; beside `flowserve up`, `eval "$(flowserve env)"` sets them.

{_FILE}"""
_PRODUCE = f"""\
Writes transactions to Kafka, keyed and spread as FlowServe needs it, each confirmed; the decisions follow on
the predictions (`flowserve tail predictions`). FLOWSERVE_KAFKA_BOOTSTRAP names the brokers.

{_FILE}"""
_EXIT_CODES = """\
examples:
  flowserve {name} --customer c-42 --terminal t-7 --amount 1250
  flowserve {name} bank.csv --map customer_id=card --map amount=AMT --amount-unit major --as-of-now

exit codes:
  0  done
  1  the file, the API, Kafka or the model folder does not allow it; the message says what to do
  2  the command was not understood
  3  done, but some rows were refused or are not decided yet; they are listed
"""
_NOT_ONE = "give a FILE, or one transaction by --customer, --terminal and --amount"


@dataclass(frozen=True)
class Given:
    """`file`, or one transaction: customer, terminal and `amount` in minor units."""

    file: Path | None
    columns: dict[str, str]
    minor: bool
    currency: str
    as_of_now: bool
    client: str
    transaction_id: str | None
    customer: str
    terminal: str
    amount: int
    timeout: float
    show: int
    as_json: bool


def parse(name: str, words: Sequence[str]) -> Given:
    """Raises UsageError for a value that cannot be, SystemExit for --help and wrong syntax."""
    given = make_parser(name).parse_args(words)
    one = (given.customer, given.terminal, given.amount)
    if (given.file is not None) == any(value is not None for value in (*one, given.id)):
        raise UsageError(f"{_NOT_ONE}, not both" if given.file else _NOT_ONE)
    if given.file is None and None in one:
        raise UsageError(_NOT_ONE)
    if not re.fullmatch("[A-Z]{3}", given.currency):
        raise UsageError(f"--currency {given.currency}: write the three letters of ISO 4217, such as EUR")
    if not 0 < given.timeout <= 3_600:
        raise UsageError("--timeout: give seconds, above 0 and up to 3600")
    return Given(
        given.file,
        dict(column_pair(text) for text in given.map),
        given.amount_unit == "minor",
        given.currency,
        given.as_of_now,
        client_name(getattr(given, "client", DEFAULT_CLIENT), "--client"),
        given.id,
        given.customer or "",
        given.terminal or "",
        given.amount or 0,
        given.timeout,
        given.show,
        given.json,
    )


def make_parser(name: str) -> argparse.ArgumentParser:
    """The parser of `score` or `produce`."""
    parser = argparse.ArgumentParser(
        prog=f"flowserve {name}",
        description=_SCORE if name == SCORE else _PRODUCE,
        epilog=_EXIT_CODES.format(name=name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="transactions to send")
    one = parser.add_argument_group("one transaction").add_argument
    one("--customer", metavar="ID", help="its customer_id")
    one("--terminal", metavar="ID", help="its terminal_id")
    one("--amount", type=int, metavar="N", help="in minor units: 1250 is 12.50")
    one("--id", metavar="ID", help="its transaction_id (a new one)")
    file = parser.add_argument_group("the file").add_argument
    file("--map", action="append", default=[], metavar="OURS=THEIRS", help="a column's name there")
    file("--amount-unit", choices=("minor", "major"), default="minor", help="1250 or 12.50 (minor)")
    file(
        "--as-of-now",
        action="store_true",
        help="move all times so that the last row is of this moment: history older than 40 days is refused",
    )
    parser.add_argument("--currency", default="EUR", help="where none is named, ISO 4217 (%(default)s)")
    if name == PRODUCE:
        parser.add_argument("--client", default=DEFAULT_CLIENT, help="in whose name (%(default)s)")
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="SECONDS", help="for each hundred (%(default)g)"
    )
    parser.add_argument("--show", type=int, default=20, metavar="N", help="rows of the table (%(default)s)")
    parser.add_argument("--json", action="store_true", help="a JSON object a line, for every row")
    return parser


def score_parser() -> argparse.ArgumentParser:
    """For the help and the completion."""
    return make_parser(SCORE)


def produce_parser() -> argparse.ArgumentParser:
    """For the help and the completion."""
    return make_parser(PRODUCE)
