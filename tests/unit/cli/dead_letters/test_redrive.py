"""What a redrive reads of the dead letters, and what it writes for each."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aiokafka import ConsumerRecord

from cli.dead_letters.filters import Filters
from cli.dead_letters.letter import Letter
from cli.dead_letters.log import LetterLog
from cli.dead_letters.plan import Plan
from cli.dead_letters.redrive import redrive
from schemas.topics import DEAD_LETTERS, REQUESTS
from stream_processor.redrives import note_headers
from tests.support.actors import NOW_MS
from tests.unit.cli.dead_letters.made import good

RATE = 10_000.0


def record(offset: int, value: bytes | None = None, wire: Sequence[tuple[str, bytes]] = ()) -> ConsumerRecord:
    return ConsumerRecord(
        DEAD_LETTERS, 0, offset, NOW_MS + offset, 1, b"c-1", value, None, -1, -1, tuple(wire)
    )


class Reader:
    """A partition of records, one for each offset from 0; keeps which were read."""

    def __init__(self, *records: ConsumerRecord) -> None:
        self._records = records
        self.read_offsets: list[int] = []

    async def offset_at(self, topic: str, partition: int, timestamp_ms: int) -> int | None:
        return next((each.offset for each in self._records if each.timestamp >= timestamp_ms), None)

    async def read(
        self, topic: str, partition: int, start: int
    ) -> AsyncGenerator[Sequence[ConsumerRecord], None]:
        for each in self._records[start:]:
            self.read_offsets.append(each.offset)
            yield [each]


@dataclass(frozen=True)
class Receipt:
    partition: int
    offset: int


class Producer:
    """Confirms everything; keeps topic and value."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    async def send(
        self, topic: str, value: bytes, *, partition: int, **_: object
    ) -> "asyncio.Future[Receipt]":
        receipt: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        receipt.set_result(Receipt(partition, len(self.sent)))
        self.sent.append((topic, value))
        return receipt


def log_of(reader: Reader) -> LetterLog:
    return LetterLog(cast(Any, reader), 1, 12)


async def test_what_lies_before_the_first_chosen_letter_is_not_read_again() -> None:
    reader, producer = Reader(*(record(offset, good(offset)) for offset in range(6))), Producer()
    await redrive(log_of(reader), Plan({0: [3, 5]}), cast(Any, producer), RATE, lambda _: None)
    assert reader.read_offsets == [3, 4, 5]
    assert producer.sent == [
        (REQUESTS, good(3)),
        (REQUESTS, good(5)),
        (DEAD_LETTERS, b""),
        (DEAD_LETTERS, b""),
    ]


async def test_of_a_partition_of_which_nothing_is_chosen_nothing_is_read() -> None:
    reader = Reader(record(0, good()))
    await redrive(log_of(reader), Plan({0: []}), cast(Any, Producer()), RATE, lambda _: None)
    assert reader.read_offsets == []


async def test_a_reading_begins_at_the_later_of_its_offset_and_its_time() -> None:
    reader = Reader(
        *(record(offset, good(offset)) for offset in range(4)), record(4, b"", note_headers(0, 1, 2))
    )
    log = log_of(reader)

    async def places(filters: Filters, start: int) -> list[int]:
        return [
            entry.offset if isinstance(entry, Letter) else entry.letter_offset
            async for entry in log.read(0, filters, start)
        ]

    assert await places(Filters(from_ms=NOW_MS + 1), 2) == [2, 3, 0]
    assert await places(Filters(from_ms=NOW_MS + 3), 2) == [3, 0]
    assert await places(Filters(), 0) == [0, 1, 2, 3, 0]
