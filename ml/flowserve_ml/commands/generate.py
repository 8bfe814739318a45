"""`flowserve-ml generate`: requests as JSON lines on stdout, to the REST API or to Kafka, also at a rate."""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from flowserve_ml.connection import Backend
from flowserve_ml.destination import Destination
from flowserve_ml.errors import InputError
from flowserve_ml.generate import transactions
from flowserve_ml.pace import happening_now, paced
from flowserve_ml.settings import api_key

_WAIT_SECONDS = 30.0

Requests = Iterable[dict[str, Any]]


def main(arguments: Sequence[str]) -> None:
    """Print or send the requests; a reader that closes the pipe early ends it quietly."""
    options = _parse(arguments)
    now = options.now or datetime.now(UTC)
    requests: Requests = transactions(options.count, options.customers, options.terminals, options.seed, now)
    if options.rate is not None:
        if not 0 < options.rate < float("inf"):
            raise InputError(f"--rate must be above 0, not {options.rate}")
        requests = paced(requests, options.rate, time.monotonic, time.sleep)
        requests = happening_now(requests, lambda: datetime.now(UTC))
    if options.to:
        _send(requests, Backend(options.to, api_key()))
    elif options.kafka is not None:
        _produce(requests, Destination(options.kafka, options.topic, options.client_id))
    else:
        _print(requests)


def _print(requests: Requests) -> None:
    try:
        for request in requests:
            sys.stdout.write(json.dumps(request) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # else the interpreter flushes it again at exit


def _send(requests: Requests, backend: Backend) -> None:
    decisions: Counter[str] = Counter()
    for request in requests:
        answer = backend.predict(request, time.monotonic() + _WAIT_SECONDS)
        decisions[answer["decision"]] += 1
    print(", ".join(f"{count:,} {decision}" for decision, count in decisions.most_common()) or "nothing sent")


def _produce(requests: Requests, to: Destination) -> None:
    from flowserve_ml.kafka import Receipts, send  # only this needs the extra

    receipts = Receipts()
    try:
        asyncio.run(send(requests, to, receipts))
    finally:  # also when interrupted
        print(f"{to.topic}: {receipts.sent:,} requests sent, {receipts.confirmed:,} confirmed", flush=True)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="flowserve-ml generate",
        description="Print transactions in request form, one JSON object per line, or send them to the API "
        "or to Kafka.",
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
    parser.add_argument(
        "--rate", type=float, help="so many a second, each occurring as it is printed or sent"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--to", metavar="URL", help="send to this API instead of printing; the key is in FLOWSERVE_API_KEY"
    )
    where.add_argument(
        "--kafka", metavar="HOST:PORT", help="send to this Kafka instead; needs flowserve-ml[kafka]"
    )
    parser.add_argument(
        "--topic", default="flowserve.requests.v1", help="topic, with --kafka (default %(default)s)"
    )
    parser.add_argument(
        "--client-id",
        "--client",
        default="default",
        help="whose requests, with --kafka (default %(default)s)",
    )
    return parser.parse_args(arguments)
