"""`flowserve-ml generate`: requests as JSON lines on stdout."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from flowserve_ml.generate import transactions


def main(arguments: Sequence[str]) -> None:
    """Print the requests; a reader that closes the pipe early ends it quietly."""
    parser = argparse.ArgumentParser(
        prog="flowserve-ml generate",
        description="Print transactions in request form, one JSON object per line.",
    )
    parser.add_argument("--count", type=int, default=2_000, help="how many (default %(default)s)")
    parser.add_argument(
        "--customers", type=int, default=50, help="by how many customers (default %(default)s)"
    )
    parser.add_argument(
        "--terminals", type=int, default=500, help="at how many terminals (default %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="same seed, same transactions (default %(default)s)"
    )
    parser.add_argument(
        "--now", type=datetime.fromisoformat, help="end of the 30 days they lie in, RFC 3339 (default: now)"
    )
    options = parser.parse_args(arguments)
    now = options.now or datetime.now(UTC)
    requests = transactions(options.count, options.customers, options.terminals, options.seed, now)
    try:
        sys.stdout.writelines(json.dumps(request) + "\n" for request in requests)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # else the interpreter flushes it again at exit
