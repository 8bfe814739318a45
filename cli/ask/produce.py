"""`flowserve produce`: writes one transaction or a file to Kafka, each record confirmed."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress

from cli.ask.arguments import PRODUCE, Given, parse
from cli.ask.rows import Row, read_rows
from cli.console import DONE, NOT_ALL, carry_out, print_json, print_table
from cli.kafka import kafka_errors
from cli.settings import ConsoleSettings
from flowserve_client import Transaction
from flowserve_client.kafka import Producer, Sent
from schemas.kafka_clients import kafka_arguments

_AT_ONCE = 500


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    return carry_out(PRODUCE, lambda: _produce(parse(PRODUCE, arguments), ConsoleSettings()))


def _produce(given: Given, settings: ConsoleSettings) -> int:
    rows = read_rows(given, settings, time.time())
    with kafka_errors():
        sent = asyncio.run(_send(given, settings, [row.transaction for row in rows if row.transaction]))
    refused = [row for row in rows if row.transaction is None]
    if given.as_json:
        for transaction, record in sent:
            print_json({"transaction_id": transaction.transaction_id, **vars(record)})
        for row in refused:
            print_json({"row": row.place, "refused": row.refused})
    else:
        _show(sent, refused, given.show)
    return NOT_ALL if refused else DONE


async def _send(
    given: Given, settings: ConsoleSettings, transactions: Sequence[Transaction]
) -> list[tuple[Transaction, Sent]]:
    arguments = kafka_arguments(settings)
    bootstrap = arguments.pop("bootstrap_servers")
    sent: list[tuple[Transaction, Sent]] = []
    hidden = len(transactions) <= _AT_ONCE
    with Progress(console=Console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task("writing", total=len(transactions))
        async with asyncio.timeout(given.timeout * (1 + len(transactions) / 100)):
            async with Producer(bootstrap, client_id=given.client, **arguments) as producer:
                for start in range(0, len(transactions), _AT_ONCE):
                    part = transactions[start : start + _AT_ONCE]
                    # Handed over in order; the producer keeps that order within each partition.
                    done = await asyncio.gather(*(producer.send(each) for each in part))
                    sent += zip(part, done, strict=True)
                    progress.advance(task, len(part))
    return sent


def _show(sent: Sequence[tuple[Transaction, Sent]], refused: Sequence[Row], most: int) -> None:
    rows = [
        (each.transaction_id, each.customer_id, record.partition, record.offset, record.request_id)
        for each, record in sent[:most]
    ]
    print_table(("TRANSACTION", "CUSTOMER", "PARTITION", "OFFSET", "REQUEST ID"), rows)
    partitions = len(Counter(record.partition for _, record in sent))
    print(f"\n{len(sent):,} confirmed by Kafka, on {partitions} partitions", file=sys.stderr)
    for row in refused[:most]:
        print(f"row {row.place}: {row.refused}", file=sys.stderr)
    if refused:
        print(f"{len(refused):,} rows were not sent", file=sys.stderr)
