"""What Kafka has of a transaction: the record of the request, and that of its outcome."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
from aiokafka import ConsumerRecord

from schemas import headers
from schemas.outcomes import fold_decoder
from schemas.settings import ProcessSettings
from schemas.topics import PREDICTIONS, REQUESTS
from stream_processor.log_readers import open_reader
from stream_processor.scorer.kafka_log import LogReader

_MOST_RECORDS = 50_000


@dataclass(frozen=True)
class OnLog:
    """A record: when the broker had it, milliseconds since 1970 UTC, and where it lies."""

    partition: int
    offset: int
    at_ms: int
    asked_for_reply: bool = False


class TraceLog:
    """Reads without a group; raises what Kafka raises."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader

    async def request(self, partition: int, offset: int) -> OnLog | None:
        """The request's record; None where it is no longer kept."""
        record = await self._reader.read_one(REQUESTS, partition, offset)
        if record is None:
            return None
        wants = headers.first(record.headers, headers.REPLY_PARTITION) is not None
        return OnLog(partition, offset, record.timestamp, wants)

    async def outcome(self, partition: int, offset: int, from_ms: int) -> OnLog | None:
        """The outcome of the request at `offset`, looked for from a time on; None where it is not found."""
        start = await self._reader.offset_at(PREDICTIONS, partition, from_ms)
        if start is None:
            return None
        seen = 0
        async with contextlib.aclosing(self._reader.read(PREDICTIONS, partition, start)) as chunks:
            async for records in chunks:
                for record in records:
                    if _answers(record, offset):
                        return OnLog(partition, record.offset, record.timestamp)
                seen += len(records)
                if seen > _MOST_RECORDS:
                    return None
        return None


def _answers(record: ConsumerRecord, offset: int) -> bool:
    fold = headers.first(record.headers, headers.FOLD)
    if not record.value or fold is None:
        return False
    with contextlib.suppress(msgspec.MsgspecError):
        told = fold_decoder.decode(fold)
        return not told.run and told.offset == offset
    return False


@asynccontextmanager
async def open_trace_log(settings: ProcessSettings) -> AsyncIterator[TraceLog]:
    """The log of a running Kafka."""
    async with open_reader(settings) as reader:
        yield TraceLog(reader)
