"""`flowserve tail`: follows requests, predictions or dead letters as they come, with filters."""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console

from cli.console import COLOURS, DONE, Failed, carry_out, print_json
from cli.kafka import kafka_errors
from cli.settings import ConsoleSettings
from schemas import headers, tolerant_records
from schemas.clients import client_of
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.kafka_topics import partition_counts
from schemas.topics import DEAD_LETTERS, PREDICTIONS, REQUESTS

TOPICS = {"requests": REQUESTS, "predictions": PREDICTIONS, "dlq": DEAD_LETTERS}
_TEXT = """\
Shows records as they come, until Ctrl-C or --count. Filters narrow; several must all hold. It reads without a
consumer group and disturbs nobody. FLOWSERVE_KAFKA_BOOTSTRAP names the brokers.
"""
_EXIT_CODES = """\
examples:
  flowserve tail predictions --decision decline
  flowserve tail requests --customer c-42 --last 10
  flowserve tail dlq --json | jq .code

exit codes:
  0  ended by Ctrl-C or --count
  1  Kafka cannot be reached or a topic is missing
  2  the command was not understood
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    given = make_parser().parse_args(arguments)

    def act() -> int:
        try:
            with kafka_errors():
                asyncio.run(_tail(given, ConsoleSettings()))
        except KeyboardInterrupt:
            pass
        return DONE

    return carry_out("tail", act)


def make_parser() -> argparse.ArgumentParser:
    """The parser of `tail`."""
    parser = argparse.ArgumentParser(
        prog="flowserve tail",
        description=_TEXT,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("what", choices=tuple(TOPICS), help="which log to follow")
    add("--customer", metavar="ID", help="of this customer_id")
    add("--client", metavar="NAME", help="of this client")
    add("--decision", choices=("approve", "review", "decline"), help="predictions with this decision")
    add("--status", choices=("scored", "duplicate", "rejected"), help="predictions with this status")
    add("--code", help="rejections and dead letters with this code, such as unknown_client")
    add("--last", type=int, default=0, metavar="N", help="begin N records before the end of each partition")
    add("--count", type=int, metavar="N", help="end after N records")
    add("--json", action="store_true", help="a JSON object a line")
    return parser


async def _tail(given: argparse.Namespace, settings: ConsoleSettings) -> None:
    console, shown = Console(highlight=False), 0
    async with contextlib.aclosing(_records(TOPICS[given.what], max(0, given.last), settings)) as records:
        async for record in records:
            event = event_of(record)
            if not passes(event, given):
                continue
            if given.json:
                print_json(event)
            else:
                console.print(line_of(event), soft_wrap=True)
            shown += 1
            if shown == given.count:
                return


async def _records(topic: str, last: int, settings: ConsoleSettings) -> AsyncGenerator[Any, None]:
    tolerant_records.install()
    count = (await partition_counts(settings)).get(topic)
    if count is None:
        raise Failed(f"the topic {topic} is missing: run `python -m stream_processor.provision`")
    client = AIOKafkaConsumer(
        **kafka_arguments(settings), enable_auto_commit=False, request_timeout_ms=10_000
    )
    places = [TopicPartition(topic, number) for number in range(count)]
    async with started(client) as consumer:
        starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        consumer.assign(places)
        for place in places:
            consumer.seek(place, max(starts[place], ends[place] - last))
        print(f"following {topic}; Ctrl-C ends it", file=sys.stderr)
        while True:
            batches = await consumer.getmany(timeout_ms=500)
            for record in sorted(
                (each for batch in batches.values() for each in batch), key=lambda each: each.timestamp
            ):
                yield record


def event_of(record: Any) -> dict[str, Any]:  # noqa: ANN401
    """A record as one flat object; a value that is no JSON object is left out."""
    told = {name: headers.first(record.headers, name) for name in (headers.CLIENT_ID, headers.STATUS)}
    code = headers.first(record.headers, headers.DLQ_ERROR_CODE)
    body = _body(record.value)
    return {
        "at": datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds"),
        "partition": record.partition,
        "offset": record.offset,
        "key": (record.key or b"").decode(errors="replace"),
        "client": client_of(told[headers.CLIENT_ID]) or headers.UNKNOWN_CLIENT,
        "status": (told[headers.STATUS] or b"").decode(errors="replace") or None,
        "code": code.decode(errors="replace") if code else (body.get("problem") or {}).get("code"),
        "value": body,
    }


def passes(event: Mapping[str, Any], given: argparse.Namespace) -> bool:
    """Whether every filter holds."""
    wanted = {"key": given.customer, "client": given.client, "status": given.status, "code": given.code}
    if any(value is not None and event[name] != value for name, value in wanted.items()):
        return False
    return given.decision is None or event["value"].get("decision") == given.decision


def line_of(event: Mapping[str, Any]) -> str:
    """A line for people, in rich's markup."""
    value = event["value"]
    said = value.get("decision") or event["code"] or event["status"] or ""
    colour = COLOURS.get(said, "magenta" if event["code"] else "default")
    parts = [f"[dim]{event['at'][11:23]} {event['partition']}/{event['offset']}[/]", _plain(event["key"])]
    if said:
        parts.append(f"[{colour}]{_plain(said)}[/]")
    if "score" in value:
        parts.append(f"{value['score']:.4f}")
    if "amount" in value:
        parts.append(f"{value['amount']:,} {_plain(str(value.get('currency', '')))}")
    parts += [_plain(str(reason.get("message"))) for reason in value.get("reasons") or ()]
    parts.append(f"[dim]{_plain(str(value.get('transaction_id') or ''))}[/]")
    return "  ".join(parts)


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text).replace("[", "\\[")


def _body(value: bytes | None) -> dict[str, Any]:
    try:
        body = json.loads(value or b"{}")
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
