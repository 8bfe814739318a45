"""Keeps the process's book of terminals at the end of `terminal-history`, all partitions of it, no group."""

import asyncio
import contextlib
import logging

import msgspec

from schemas.terminal_history import VERSION, Matured, decoder
from schemas.topics import TERMINAL_HISTORY, TERMINAL_HISTORY_PARTITIONS
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.catch_up import DamagedLog, horizon_offset
from stream_processor.scorer.kafka_log import LogReader

log = logging.getLogger(__name__)


class TerminalLog:
    """One per process."""

    def __init__(self, reader: LogReader, book: TerminalBook) -> None:
        self.book = book
        self._reader = reader
        self._positions: dict[int, int] = {}
        self._one_at_a_time = asyncio.Lock()

    async def refresh(self, now_ms: int) -> None:
        """Folds what is new. Raises DamagedLog for an unreadable record, and whatever Kafka raises."""
        async with self._one_at_a_time:
            for partition in range(TERMINAL_HISTORY_PARTITIONS):
                await self._refresh(partition, now_ms)

    async def _refresh(self, partition: int, now_ms: int) -> None:
        if partition not in self._positions:
            start = await horizon_offset(self._reader, TERMINAL_HISTORY, partition, now_ms)
            self._positions[partition] = start
        reading = self._reader.read(TERMINAL_HISTORY, partition, self._positions[partition])
        async with contextlib.aclosing(reading) as chunks:
            async for records in chunks:
                for record in records:
                    self.book.add(_read(record.value, partition, record.offset))
                self._positions[partition] = records[-1].offset + 1


def _read(value: bytes | None, partition: int, offset: int) -> Matured:
    try:
        matured = decoder.decode(value or b"")
    except (msgspec.DecodeError, ValueError) as error:
        place = f"{TERMINAL_HISTORY}-{partition}: offset {offset}"
        raise DamagedLog(f"{place} is unreadable: {error}. Delete the log's records up to it.") from None
    if matured.version != VERSION:
        raise DamagedLog(f"{TERMINAL_HISTORY}-{partition}: offset {offset} has version {matured.version}.")
    return matured
