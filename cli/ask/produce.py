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
    sent = _send_all(given, settings, [row.transaction for row in rows if row.transaction])
    refused = [row for row in rows if row.transaction is None]
    if given.as_json:
        for transaction, record in sent:
            print_json({"transaction_id": transaction.transaction_id, **vars(record)})
        for row in refused:
            print_json({"row": row.place, "refused": row.refused})
    else:
        _show(sent, refused, given.show)
    return NOT_ALL if refused else DONE


def _send_all(
    given: Given, settings: ConsoleSettings, transactions: Sequence[Transaction]
) -> list[tuple[Transaction, Sent]]:
    """All of them, each with its receipt. However it ends, people hear what is on the log for sure."""
    receipts: dict[int, Sent] = {}
    try:
        with kafka_errors():
            asyncio.run(_send(given, settings, transactions, receipts))
    finally:
        if len(receipts) < len(transactions):
            told = f"{len(receipts):,} of {len(transactions):,} were confirmed by Kafka so far"
            print(told, file=sys.stderr)
    return [(transaction, receipts[place]) for place, transaction in enumerate(transactions)]


async def _send(
    given: Given, settings: ConsoleSettings, transactions: Sequence[Transaction], receipts: dict[int, Sent]
) -> None:
    """Fills `receipts`, by place in `transactions`. Raises aiokafka's errors, and TimeoutError."""
    arguments = kafka_arguments(settings)
    bootstrap = arguments.pop("bootstrap_servers")
    hidden = len(transactions) <= _AT_ONCE
    with Progress(console=Console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task("writing", total=len(transactions))
        async with asyncio.timeout(given.timeout * (1 + len(transactions) / 100)):
            async with Producer(bootstrap, client_id=given.client, **arguments) as producer:

                async def send(place: int) -> None:
                    receipts[place] = await producer.send(transactions[place])

                for start in range(0, len(transactions), _AT_ONCE):
                    part = range(start, min(start + _AT_ONCE, len(transactions)))
                    # Handed over in order; the producer keeps that order within each partition.
                    await asyncio.gather(*(send(place) for place in part))
                    progress.advance(task, len(part))


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
