"""`flowserve trace ID`: one transaction through every stop, with the milliseconds between them."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cli.console import DONE, NOT_ALL, carry_out, print_json, print_table
from cli.database import run_connected
from cli.kafka import KafkaUnavailable, kafka_errors
from cli.settings import ConsoleSettings
from cli.trace_log import OnLog, open_trace_log
from cli.trace_rows import Row, find_rows
from stream_processor.provision.connection import Connection

_TEXT = """\
ID is a request_id, a prediction_id or a transaction_id. Rows come from PostgreSQL (PG* variables), places and
times of records from Kafka (FLOWSERVE_KAFKA_BOOTSTRAP), as long as the topics keep them; without Kafka the
rest is shown. Milliseconds are those since the stop before. Times are the broker's, the scorer's for the
decision and the database's for the row: clocks may differ. When the reply left is recorded nowhere.
"""
_EXIT_CODES = """\
exit codes:
  0  found
  1  the database cannot be reached
  2  the command was not understood
  3  there is no such transaction, or it is not stored yet
"""
_LOOK_BEHIND_MS = 2_000


@dataclass(frozen=True)
class Stop:
    """A station. `at` in UTC where it is known, `ms` since the stop before that has a time."""

    name: str
    where: str
    at: datetime | None = None
    ms: float | None = None


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    given = make_parser().parse_args(arguments)
    settings = ConsoleSettings()
    return carry_out(
        "trace",
        lambda: asyncio.run(run_connected(lambda connection: _trace(connection, given, settings))),
    )


def make_parser() -> argparse.ArgumentParser:
    """The parser of `trace`."""
    parser = argparse.ArgumentParser(
        prog="flowserve trace",
        description=_TEXT,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", metavar="ID", help="request_id, prediction_id or transaction_id")
    parser.add_argument("--json", action="store_true", help="a JSON object a line for each request")
    return parser


async def _trace(connection: Connection, given: argparse.Namespace, settings: ConsoleSettings) -> int:
    rows = await find_rows(connection, given.id)
    if not rows:
        print(
            f"flowserve trace: nothing is stored under {given.id}. Accepted a moment ago? Then try again;"
            " if the sink is behind, `flowserve doctor` says so",
            file=sys.stderr,
        )
        return NOT_ALL
    for row in rows:
        request, outcome = await _on_log(row, settings)
        stops = stops_of(row, request, outcome)
        body = json.loads(row["body"]) if row["body"] else {}
        if given.json:
            print_json(_json(row, stops, body))
        else:
            _show(row, stops, body)
    return DONE


async def _on_log(row: Row, settings: ConsoleSettings) -> tuple[OnLog | None, OnLog | None]:
    place = row["source_partition"], row["source_offset"]
    from_ms = int(row["received_at"].timestamp() * 1000) - _LOOK_BEHIND_MS
    try:
        with kafka_errors():
            async with open_trace_log(settings) as log:
                return await log.request(*place), await log.outcome(*place, from_ms)
    except KafkaUnavailable as error:
        print(f"flowserve trace: without the log: {error}", file=sys.stderr)
        return None, None


def stops_of(row: Any, request: OnLog | None, outcome: OnLog | None) -> list[Stop]:  # noqa: ANN401
    """The stops in order, as far as they are known."""
    place = f"{row['source_partition']}/{row['source_offset']}"
    kept = "" if request else " (no longer on the log, or Kafka was not asked)"
    stops = [Stop("request", f"{row['source']}, client {row['client_id']}", row["occurred_at"])]
    stops.append(Stop("on requests", place + kept, row["received_at"]))
    if row["status"] is None:
        return [*stops, Stop("decision", "pending: `flowserve doctor` shows the scorer's lag")]
    stops.append(Stop("decision", row["status"], row["decided_at"]))
    written = f"{outcome.partition}/{outcome.offset}" if outcome else "not looked up, or no longer kept"
    stops.append(Stop("on predictions", written, _moment(outcome)))
    reply = (
        "asked for" if request and request.asked_for_reply else "not asked for" if request else "not known"
    )
    return [*stops, Stop("reply", reply), Stop("row", "stored in PostgreSQL", row["stored_at"])]


def timed(stops: Sequence[Stop]) -> list[Stop]:
    """With the milliseconds since the stop before that has a time of ours (the first is the customer's)."""
    told: list[Stop] = []
    before: datetime | None = None
    for number, stop in enumerate(stops):
        ms = (stop.at - before).total_seconds() * 1000 if stop.at and before else None
        told.append(replace(stop, ms=ms))
        before = stop.at if stop.at and number else before
    return told


def _moment(record: OnLog | None) -> datetime | None:
    return datetime.fromtimestamp(record.at_ms / 1000, UTC) if record else None


def _json(row: Row, stops: Sequence[Stop], body: dict[str, Any]) -> dict[str, Any]:
    return {
        "request_id": str(row["request_id"]),
        "transaction_id": row["transaction_id"],
        "customer_id": row["customer_id"],
        "stops": [vars(stop) for stop in timed(stops)],
        "outcome": body or None,
    }


def _show(row: Row, stops: Sequence[Stop], body: dict[str, Any]) -> None:
    print(f"request {row['request_id']}  transaction {row['transaction_id']}  customer {row['customer_id']}")
    lines = [
        (
            stop.name,
            stop.where,
            stop.at.astimezone(UTC).isoformat(timespec="milliseconds") if stop.at else "",
            "" if stop.ms is None else f"{stop.ms:,.1f}",
        )
        for stop in timed(stops)
    ]
    print_table(("STOP", "WHERE", "AT", "MS"), lines)
    if "decision" in body:
        print(f"\n{body['decision']}, score {body['score']:.4f}, model {body['model']['version']}")
        for reason in body["reasons"]:
            print(f"  {reason['code']}: {reason['message']} ({reason['feature']} = {reason['value']})")
        print_table(("FEATURE", "VALUE"), sorted(body["features"].items()))
    elif body.get("status") == "duplicate":
        print(f"\nrepeats what was decided: flowserve trace {body['prediction_id']}")
    elif "problem" in body:
        problem = body["problem"]
        print(f"\nrejected: {problem['code']}. {problem.get('detail', problem['title'])}")
    print()
