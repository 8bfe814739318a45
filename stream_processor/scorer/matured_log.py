"""Writes matured transactions to `terminal-history`: those of a scorer and those of a warm-up alike."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from schemas.crash_points import crash_point
from schemas.terminal_history import Matured, encoder
from schemas.topics import TERMINAL_HISTORY, TERMINAL_HISTORY_PARTITIONS
from stream_processor.pipeline.admit import partition_of
from stream_processor.scorer.kafka_log import Entry, LogWriter, Receipt


async def publish_matured(writer: LogWriter, producer: AIOKafkaProducer, due: Iterable[Matured]) -> None:
    """In whole batches; waits until all are durable. Repeats do no harm there."""
    receipts: list[Receipt] = []
    for partition, entries in _by_partition(due).items():
        sent = await writer.send(producer, TERMINAL_HISTORY, partition, entries)
        receipts += [receipt for receipt, _ in sent]
        crash_point("proc.mid_maturing")
    await asyncio.gather(*receipts)


def _by_partition(due: Iterable[Matured]) -> dict[int, list[Entry]]:
    """As Kafka's default partitioner spreads the terminals."""
    entries: dict[int, list[Entry]] = {}
    for record in due:
        key = record.terminal_id.encode()
        partition = partition_of(key, TERMINAL_HISTORY_PARTITIONS)
        entries.setdefault(partition, []).append(Entry(key, encoder.encode(record), []))
    return entries
