"""What `flowserve compare` may be told, with its help, turned into plain values."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cli.database import UsageError
from cli.moments import moment
from schemas.headers import DEFAULT_CLIENT

LIVE, RUN = "live", "run:"
PRINTED = Path("-")
"""In place of a file: standard output."""

_TEXT = """\
Says what CANDIDATE changes against BASELINE: decisions, scores, money, and where labels are known how well
each finds fraud. Without BASELINE it describes CANDIDATE alone. The report is one HTML page, read offline.

Each of the two is a scored table (.parquet, from `flowserve replay --output`), a stored run (run:RUN_ID), or
`live`: what was decided at the time, with the reports of fraud since. PG* variables name the database.
"""
_EXAMPLES = """\
examples:
  flowserve compare scores.parquet --output report.html
  flowserve compare run:december live --output report.html --json report.json
  flowserve compare run:december live --output report.html --json | jq .flips
  flowserve compare new.parquet old.parquet --from 2026-10-01 --to 2026-11-01 --output october.html

exit codes:
  0  the report is written
  1  there is nothing to compare, or the database does not allow it; the message says what to do
  2  the command was not understood
"""


@dataclass(frozen=True)
class Comparison:
    """`sources` are the candidate and perhaps the baseline; `json` may be PRINTED. Times are UTC."""

    sources: tuple[str, ...]
    output: Path
    json: Path | None
    client: str
    first: datetime | None
    end: datetime | None


def parse(words: Sequence[str]) -> Comparison:
    """Raises UsageError for a value that cannot be, SystemExit for --help and wrong syntax."""
    given = make_parser().parse_args(words)
    sources = tuple(source for source in (given.candidate, given.baseline) if source is not None)
    for source in sources:
        if source != LIVE and not source.endswith(".parquet") and not source.startswith(RUN):
            raise UsageError(f"{source!r} is no .parquet file, no run:RUN_ID and not `live`")
    _check_name("output", given.output, ".html")
    if given.json not in (None, PRINTED):
        _check_name("json", given.json, ".json")
    first, end = moment("--from", given.first), moment("--to", given.end)
    if first is not None and end is not None and first >= end:
        raise UsageError("--from must lie before --to")
    return Comparison(sources, given.output, given.json, given.client, first, end)


def make_parser() -> argparse.ArgumentParser:
    """The parser of this command."""
    parser = argparse.ArgumentParser(
        prog="flowserve compare",
        description=_TEXT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("candidate", metavar="CANDIDATE", help="what is looked at: FILE.parquet, run:RUN_ID or live")
    add("baseline", metavar="BASELINE", nargs="?", help="what it is held against: the same")
    add("--output", type=Path, required=True, metavar="FILE", help="the report, .html")
    add(
        "--json",
        type=Path,
        nargs="?",
        const=PRINTED,
        metavar="FILE",
        help="its figures as JSON, into FILE, or printed where none is named (then write it last)",
    )
    add("--client", default=DEFAULT_CLIENT, help="whose run and live rows (%(default)s)")
    add("--from", dest="first", metavar="TIME", help="only what occurred at or after, RFC 3339")
    add("--to", dest="end", metavar="TIME", help="only what occurred before")
    return parser


def _check_name(option: str, path: Path, suffix: str) -> None:
    if path.suffix != suffix:
        raise UsageError(f"--{option} {path}: the name must end in {suffix}")
    if not path.parent.is_dir():
        raise UsageError(f"--{option} {path}: there is no folder {path.parent}")
