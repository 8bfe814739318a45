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
from stream_processor.scorer.snapshots.keeper import Snapshots

log = logging.getLogger(__name__)


class TerminalLog:
    """One per process."""

    def __init__(self, reader: LogReader, book: TerminalBook, snapshots: Snapshots | None = None) -> None:
        self.book = book
        self._reader = reader
        self._snapshots = snapshots
        self._positions: dict[int, int] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def refresh(self, now_ms: int) -> None:
        """Folds what is new. Raises DamagedLog for an unreadable record, and whatever Kafka raises."""
        async with self._one_at_a_time:
            if self._positions is None:
                self._positions = await self._snapshots.load_terminals(self.book) if self._snapshots else {}
            for partition in range(TERMINAL_HISTORY_PARTITIONS):
                await self._refresh(partition, self._positions, now_ms)

    async def snapshot(self) -> None:
        """Saves the book, if there is where to. Raises what Kafka raises."""
        if self._snapshots is not None and self._positions:
            await self._snapshots.save_terminals(self.book, self._positions.copy())

    async def _refresh(self, partition: int, positions: dict[int, int], now_ms: int) -> None:
        if partition not in positions:
            start = await horizon_offset(self._reader, TERMINAL_HISTORY, partition, now_ms)
            positions[partition] = start
        reading = self._reader.read(TERMINAL_HISTORY, partition, positions[partition])
        async with contextlib.aclosing(reading) as chunks:
            async for records in chunks:
                for record in records:
                    self.book.add(_read(record.value, partition, record.offset))
                positions[partition] = records[-1].offset + 1


def _read(value: bytes | None, partition: int, offset: int) -> Matured:
    try:
        matured = decoder.decode(value or b"")
    except (msgspec.DecodeError, ValueError) as error:
        place = f"{TERMINAL_HISTORY}-{partition}: offset {offset}"
        raise DamagedLog(f"{place} is unreadable: {error}. Delete the log's records up to it.") from None
    if matured.version != VERSION:
        raise DamagedLog(f"{TERMINAL_HISTORY}-{partition}: offset {offset} has version {matured.version}.")
    return matured
