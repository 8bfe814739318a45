"""What `flowserve replay` may be told, with its help, turned into plain values."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from cli.arguments import column_pair, new_client_name
from cli.database import UsageError
from cli.moments import moment
from schemas.clients import NAME
from schemas.headers import DEFAULT_CLIENT
from stream_processor.replay.job import REQUESTS, ROWS, Job
from stream_processor.replay.plan import Plan

_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_WARM_UP_OF_ROWS = "45d"
_OFFSETS = re.compile(r"(\d+):(\d+)-(\d+)?")

_TEXT = """\
Runs history again, in event-time order: the features and the model of the live scorer, with a state of their
own. Nothing live is touched: no consumer group, no live rows, no replies.

SOURCE is a file (.csv, .parquet, .jsonl), `rows` (what the database has stored; PG* variables name it) or
`requests` (what the Kafka topic still holds, seven days; FLOWSERVE_KAFKA_BOOTSTRAP names the brokers).

With --output the scores go to a Parquet file, one row per row of the input. Without it they go to the
database under their run id; an interrupted run goes on when the same command is given again.
"""
_EXAMPLES = """\
examples:
  flowserve replay bank.csv --amount-unit major --map customer_id=card --output scores.parquet
  flowserve replay rows --from 2026-11-01 --model ml/models/2026.12.1 --run-id december
  flowserve replay requests --output last-week.parquet

exit codes:
  0  done
  1  the input, the model, the database or Kafka does not allow it, or not one row could be scored; the
     message says what to do
  2  the command was not understood
  130  ended by Ctrl-C; the same command goes on
"""


def parse(words: Sequence[str]) -> Job:
    """Raises UsageError for a value that cannot be, SystemExit for --help and wrong syntax."""
    given = make_parser().parse_args(words)
    if given.offset and given.source != REQUESTS:
        raise UsageError(f"--offset: only the source `{REQUESTS}` has offsets")
    if given.client is not None:
        new_client_name(given.client, "--client")
    if given.run_id is not None and not NAME.fullmatch(given.run_id):
        raise UsageError("--run-id: use 1 to 64 letters, digits, dots, dashes or underscores")
    if given.into_live and (given.output or given.store or len(given.model) > 1 or given.sample < 1):
        raise UsageError("--into-live: it makes no results of its own; leave out --output, --store, --sample")
    if given.speed != "max" and given.output is not None and not given.store:
        raise UsageError("--speed: it holds back rows on their way into the database; add --store")
    if given.output is not None and given.output.suffix != ".parquet":
        raise UsageError("--output: the name must end in .parquet")
    if given.report is not None and given.output is None:
        raise UsageError("--report: it is made of the scored table; give --output as well")
    if not 0 < given.sample <= 1:
        raise UsageError("--sample: give a share of the customers, above 0 and up to 1")
    first, end = _timestamp("--from", given.first), _timestamp("--to", given.end)
    if first is not None and end is not None and first >= end:
        raise UsageError("--from must lie before --to")
    plan = Plan(
        first,
        end,
        _warm_up(given.source, given.warm_up),
        given.sample,
        _duration("label-delay", given.label_delay) / _SECONDS["d"],
        _speed(given.speed),
    )
    return Job(
        source=given.source,
        columns=dict(column_pair(text) for text in given.map),
        minor=given.amount_unit == "minor",
        currency=given.currency,
        client_id=given.client,
        plan=plan,
        models=tuple(given.model),
        output=given.output,
        store=given.store or given.output is None,
        run_id=given.run_id,
        offsets=dict(_offsets(text) for text in given.offset) or None,
        report=given.report,
        dry_run=given.dry_run,
        into_live=given.into_live,
        as_json=given.json,
    )


def make_parser() -> argparse.ArgumentParser:
    """The parser of this command."""
    parser = argparse.ArgumentParser(
        prog="flowserve replay",
        description=_TEXT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("source", metavar="SOURCE", help="a file, `rows` or `requests`")
    columns = parser.add_argument_group("the file")
    columns.add_argument(
        "--map", action="append", default=[], metavar="OURS=THEIRS", help="a column's name there"
    )
    columns.add_argument(
        "--amount-unit", choices=("minor", "major"), default="minor", help="1250 or 12.50 (minor)"
    )
    columns.add_argument("--currency", default="EUR", help="of rows that name none, ISO 4217 (%(default)s)")
    columns.add_argument(
        "--label-delay", default="7d", metavar="TIME", help="from a fraud to its report (7d)"
    )
    chosen = parser.add_argument_group("which transactions")
    chosen.add_argument(
        "--from", dest="first", metavar="TIME", help="score what occurred at or after, RFC 3339"
    )
    chosen.add_argument("--to", dest="end", metavar="TIME", help="leave out what occurred at or after")
    chosen.add_argument("--warm-up", metavar="TIME", help="fold so much before --from (all; of `rows` 45d)")
    chosen.add_argument("--offset", action="append", default=[], metavar="P:FIRST-END", help="of `requests`")
    chosen.add_argument(
        "--sample", type=float, default=1.0, help="score this share of the customers; fold all (1)"
    )
    chosen.add_argument("--client", default=DEFAULT_CLIENT, help="whose transactions they are (%(default)s)")
    run = parser.add_argument_group("the run")
    run.add_argument(
        "--model", type=Path, action="append", default=[], help="a version's folder; two compare"
    )
    run.add_argument(
        "--speed", default="max", metavar="N", help="1x, 100x or max: event time over time (max)"
    )
    run.add_argument("--run-id", help="name of the run (made from input, model and options)")
    run.add_argument("--dry-run", action="store_true", help="say what would be done")
    out = parser.add_argument_group("results")
    out.add_argument("--output", type=Path, metavar="FILE", help="scored table, .parquet")
    out.add_argument("--store", action="store_true", help="into the database as well")
    out.add_argument(
        "--report", type=Path, metavar="FILE", help="report, .html, with its figures beside it as .json"
    )
    out.add_argument(
        "--into-live",
        action="store_true",
        help="warm a new installation, for one client: the scorers start with this history",
    )
    out.add_argument("--json", action="store_true", help="what was done: a JSON object a line for each model")
    return parser


def _duration(name: str, text: str) -> float:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"--{name} {text}: write a number and s, m, h or d, for example 7d")
    return float(match[1]) * _SECONDS[match[2]]


def _warm_up(source: str, text: str | None) -> float | None:
    """Files and the topic are read whole in any case; the database may hold years."""
    if text is None and source != ROWS:
        return None
    return _duration("warm-up", text or _WARM_UP_OF_ROWS)


def _timestamp(option: str, text: str | None) -> float | None:
    read = moment(option, text)
    return None if read is None else read.timestamp()


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise UsageError(f"--speed {text}: write 1x, 100x or max")
    return speed


def _offsets(text: str) -> tuple[int, tuple[int, int | None]]:
    match = _OFFSETS.fullmatch(text)
    if match is None:
        raise UsageError(f"--offset {text}: write PARTITION:FIRST-END, for example 3:100-200, END left out")
    return int(match[1]), (int(match[2]), int(match[3]) + 1 if match[3] else None)
