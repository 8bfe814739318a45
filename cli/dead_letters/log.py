"""The dead letter topic, read from Kafka itself: letters, and the notes on those that were put back."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cli.dead_letters.filters import Filters
from cli.dead_letters.letter import Letter, letter_of
from cli.kafka import KafkaUnavailable
from schemas.kafka_topics import partition_counts
from schemas.settings import ProcessSettings
from schemas.topics import DEAD_LETTERS, REQUESTS
from stream_processor.log_readers import open_reader
from stream_processor.redrives import noted_letter
from stream_processor.scorer.kafka_log import LogReader


@dataclass(frozen=True, slots=True)
class Note:
    """A letter of the same partition was put back, `at_ms` milliseconds since 1970 UTC."""

    letter_offset: int
    at_ms: int


class LetterLog:
    """`partitions` counts those of the letters, `request_partitions` those that letters go back to."""

    def __init__(self, reader: LogReader, partitions: int, request_partitions: int) -> None:
        self._reader = reader
        self.partitions = partitions
        self.request_partitions = request_partitions

    async def read(self, partition: int, filters: Filters, start: int = 0) -> AsyncIterator[Letter | Note]:
        """The letters that are meant and every note, in log order, up to the end that the log has now.

        Nothing below the offset `start`. A note stands behind its letter. Raises what Kafka raises.
        """
        if filters.from_ms is not None:
            found = await self._reader.offset_at(DEAD_LETTERS, partition, filters.from_ms)
            if found is None:
                return
            start = max(start, found)
        async with contextlib.aclosing(self._reader.read(DEAD_LETTERS, partition, start)) as chunks:
            async for records in chunks:
                for record in records:
                    noted = noted_letter(record.headers)
                    if noted is not None:
                        yield Note(noted, record.timestamp)
                    elif filters.takes(letter := letter_of(record)):
                        yield letter

    async def find(self, partition: int, offset: int) -> Letter | None:
        """The letter at a place; None where none is kept."""
        if partition >= self.partitions:
            return None
        record = await self._reader.read_one(DEAD_LETTERS, partition, offset)
        return None if record is None or noted_letter(record.headers) is not None else letter_of(record)


@asynccontextmanager
async def open_log(settings: ProcessSettings) -> AsyncIterator[LetterLog]:
    """The log of a running Kafka. Raises KafkaUnavailable where the topics are missing."""
    counts = await partition_counts(settings)
    for topic in (DEAD_LETTERS, REQUESTS):
        if topic not in counts:
            raise KafkaUnavailable(
                f"the topic {topic} is missing: run `python -m stream_processor.provision`"
            )
    async with open_reader(settings) as reader:
        yield LetterLog(reader, counts[DEAD_LETTERS], counts[REQUESTS])
