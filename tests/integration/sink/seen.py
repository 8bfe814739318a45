"""What a test looks at: the whole log, the rows there are, and what a sink said; and the traffic it sends."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from local_stack.process import Process
from schemas import topics
from stream_processor.provision.connection import Connection
from tests.integration.sink import wire
from tests.integration.sink.conftest import PARTITIONS, Put
from tests.support.waiting import until

# How soon is the machine's business; this is for one that others keep busy.
_SECONDS = 120


async def log(kafka: str, topic: str) -> list[Any]:
    """Every record of a topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        tps = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        ends = await consumer.end_offsets(tps)
        consumer.assign(tps)
        await consumer.seek_to_beginning()
        records: list[Any] = []
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for some in (await consumer.getmany(timeout_ms=1_000)).values():
                records += some
        return records
    finally:
        await consumer.stop()


async def stored(database: Connection, table: str) -> int:
    return int(await database.fetchval(f"select count(*) from {table}"))  # noqa: S608


async def until_stored(database: Connection, table: str, rows: int, seconds: float = _SECONDS) -> None:
    async def there() -> bool:
        return await stored(database, table) >= rows

    await until(there, f"{rows} rows in {table}", seconds)
    assert await stored(database, table) == rows


async def until_beyond(database: Connection, rows: float) -> None:
    """Progress, seen at once, so that what comes next happens in the middle of the work."""

    async def there() -> bool:
        return await stored(database, "requests") > rows

    await until(there, f"more than {rows:.0f} requests", _SECONDS, every=0.01)


async def requests_and_answers(put: Put, numbers: range) -> None:
    """Requests on all partitions, and an answer of each."""
    spread = [(number % PARTITIONS, number) for number in numbers]
    offsets = await put(topics.REQUESTS, ((partition, wire.request(number)) for partition, number in spread))
    await put(
        topics.PREDICTIONS,
        (
            (partition, wire.outcome(wire.prediction_of(number), offset))
            for (partition, number), offset in zip(spread, offsets, strict=True)
        ),
    )


async def repeats(kafka: str) -> int:
    """Records of `predictions` for a request that had its outcome already."""
    seen = [
        (record.partition, dict(record.headers)["fold"]) for record in await log(kafka, topics.PREDICTIONS)
    ]
    return len(seen) - len(set(seen))


def said(sink: Process, message: str) -> bool:
    return message in sink.log.read_text()


async def until_stored_from(database: Connection, transaction_id: str) -> None:
    """The request of this transaction has its row."""

    async def there() -> bool:
        return bool(
            await database.fetchval("select true from requests where transaction_id = $1", transaction_id)
        )

    await until(there, f"the row of {transaction_id}", _SECONDS)
