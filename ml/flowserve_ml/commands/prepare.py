"""`flowserve-ml prepare`: a clean table with features from somebody's file."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from flowserve_ml.errors import InputError
from flowserve_ml.prepare.run import prepare
from flowserve_ml.prepare.source import OPTIONAL, REQUIRED, Source


def main(arguments: Sequence[str]) -> None:
    """Clean, fold and write; what was assumed and what was rejected goes to stderr."""
    parser = argparse.ArgumentParser(
        prog="flowserve-ml prepare",
        description="Make a clean, time-ordered table with labels and features from a file of transactions. "
        f"Columns: {', '.join(REQUIRED)}; optional: {', '.join(OPTIONAL)}.",
    )
    parser.add_argument(
        "--input", type=Path, required=True, help="raw transactions: .csv, .parquet or .jsonl"
    )
    parser.add_argument("--output", type=Path, required=True, help="file to write: .parquet")
    parser.add_argument(
        "--map", action="append", default=[], metavar="OURS=THEIRS", help="a column's name there; repeatable"
    )
    parser.add_argument(
        "--amounts",
        "--amount-unit",
        choices=("minor", "major"),
        default="minor",
        help="1250 or 12.50 (default %(default)s)",
    )
    parser.add_argument(
        "--currency", default="EUR", help="of rows that name none, ISO 4217 (default %(default)s)"
    )
    parser.add_argument(
        "--max-rejected", type=float, default=0.0, help="share of rows that may be rejected (default none)"
    )
    options = parser.parse_args(arguments)
    source = Source(options.input, _columns(options.map), options.currency, options.amounts == "minor")
    prepare(source, options.output, options.max_rejected, sys.stderr)


def _columns(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs):
            raise InputError(f"--map {pair}: write OURS=THEIRS, for example --map customer_id=card")
        columns[ours] = theirs
    return columns
