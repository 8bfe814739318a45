"""What tells one log from another: the record that lies right before a position."""

import hashlib
from typing import NamedTuple

from stream_processor.scorer.kafka_log import LogReader
from stream_processor.scorer.snapshots.file import UnusableSnapshot


class Seal(NamedTuple):
    """The log was read up to `position`; the record before it has this broker time and digest."""

    position: int
    timestamp_ms: int
    digest: bytes


NOTHING_READ = Seal(0, 0, b"")


async def seal(reader: LogReader, topic: str, partition: int, position: int) -> Seal:
    """The seal of a position; NOTHING_READ if what lay before it is no longer kept. Raises as Kafka does."""
    record = await reader.read_one(topic, partition, position - 1) if position else None
    if record is None:
        return NOTHING_READ
    content = hashlib.blake2b(record.key or b"", digest_size=16)
    content.update(record.value or b"")
    return Seal(position, record.timestamp, content.digest())


async def check(reader: LogReader, topic: str, partition: int, expected: Seal) -> None:
    """Raises UnusableSnapshot for another log than the sealed one, and whatever Kafka raises."""
    if await seal(reader, topic, partition, expected.position) != expected:
        raise UnusableSnapshot(f"{topic}-{partition} is another log than the one it was made of")
