"""`flowserve keys`: API keys in the database."""

import asyncio
import sys
from collections.abc import Sequence

from cli.arguments import parse
from cli.database import DATABASE_ERROR, USAGE_ERROR, UsageError, run_connected
from cli.kafka import KafkaUnavailable, kafka_errors, kafka_settings
from cli.keys_command import run_keys
from stream_processor.client_list import write_clients


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 done, 1 the database or Kafka said no, 2 wrong use, 3 no such key."""
    try:
        asked = parse(arguments)
    except UsageError as error:
        print(f"flowserve: {error}", file=sys.stderr)
        return USAGE_ERROR
    try:
        return asyncio.run(run_connected(lambda connection: run_keys(connection, asked, _declare)))
    except KafkaUnavailable as error:
        print(f"flowserve: no key was made: {error}", file=sys.stderr)
        return DATABASE_ERROR


async def _declare(client: str) -> None:
    with kafka_errors():
        await write_clients(kafka_settings(), {client: True})
