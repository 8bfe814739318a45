"""Writes the snapshots of a process and finds them again. A snapshot is a help and never the truth.

Whatever is wrong with one, the log is read in its place, so nothing here stops a scorer but Kafka itself.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from schemas.counters import Counters
from schemas.topics import FEEDBACK, PREDICTIONS, TERMINAL_HISTORY, TERMINAL_HISTORY_PARTITIONS
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.kafka_log import LogReader
from stream_processor.scorer.snapshots import file, partition, terminals
from stream_processor.scorer.snapshots.file import UnusableSnapshot
from stream_processor.scorer.snapshots.partition import Captured
from stream_processor.scorer.snapshots.seal import NOTHING_READ, check, seal

log = logging.getLogger(__name__)

Positions = Mapping[int, int]

_TERMINALS = "terminals.snapshot"


class Snapshots:
    """One per process. Scorers of one host share the folder: any snapshot of a partition will do.

    `writer` is this scorer's name among them.
    """

    def __init__(
        self, folder: Path, writer: str, partitions: int, reader: LogReader, counters: Counters
    ) -> None:
        self._folder = folder
        self._writer = writer
        self._partitions = partitions
        self._reader = reader
        self._counters = counters
        self._saved: dict[Path, object] = {}
        self._good_at: dict[Path, float] = {}

    def age(self, number: int) -> float | None:
        """Seconds since a partition's snapshot was last found up to date, None if that never was."""
        good_at = self._good_at.get(self._path(number))
        return None if good_at is None else time.monotonic() - good_at

    async def load(self, number: int) -> PartitionState | None:
        """A partition's state as of its snapshot, or None without a usable one. Raises what Kafka raises."""
        path = self._path(number)
        try:
            state, head = await asyncio.to_thread(
                lambda: partition.state_of(file.read(path), number, self._partitions)
            )
            await check(self._reader, PREDICTIONS, number, head.predictions)
            await check(self._reader, FEEDBACK, number, head.feedback)
        except (UnusableSnapshot, OSError) as error:
            self._refused(path, error)
            return None
        log.info("snapshot loaded", extra={"partition": number, "customers": len(state.customers)})
        self._counters.add("flowserve_scorer_snapshots_loaded_total")
        return state

    async def save(self, number: int, captured: Captured) -> None:
        """Writes a partition's snapshot unless nothing changed since the last one. Raises as Kafka does."""
        path, positions = self._path(number), (captured.log_end, captured.feedback_end)
        if (
            self._saved.get(path) == positions
            or (predictions := await seal(self._reader, PREDICTIONS, number, captured.log_end))
            is NOTHING_READ
        ):
            self._good_at[path] = time.monotonic()
            return
        feedback = await seal(self._reader, FEEDBACK, number, captured.feedback_end)
        content = partition.frames(captured, number, self._partitions, predictions, feedback)
        await self._write(path, content, positions)

    async def load_terminals(self, book: TerminalBook) -> dict[int, int]:
        """Fills an empty book and says how far `terminal-history` is read; nothing without a snapshot."""
        path = self._folder / _TERMINALS
        try:
            found, head = await asyncio.to_thread(lambda: terminals.terminals_of(file.read(path)))
            for number, expected in enumerate(head.seals):
                await check(self._reader, TERMINAL_HISTORY, number, expected)
        except (UnusableSnapshot, OSError) as error:
            self._refused(path, error)
            return {}
        book.resume(dict(found), head.published)
        log.info("snapshot loaded", extra={"terminals": len(found)})
        self._counters.add("flowserve_scorer_snapshots_loaded_total")
        return {number: found.position for number, found in enumerate(head.seals) if found.position}

    async def save_terminals(self, book: TerminalBook, positions: Positions) -> None:
        """Writes the book's snapshot; `positions` say how far `terminal-history` is read."""
        path = self._folder / _TERMINALS
        if self._saved.get(path) == positions:
            return
        seals = [
            await seal(self._reader, TERMINAL_HISTORY, number, positions.get(number, 0))
            for number in range(TERMINAL_HISTORY_PARTITIONS)
        ]
        await self._write(path, await terminals.frames(book, seals), positions)

    async def _write(self, path: Path, content: Iterable[bytes], positions: object) -> None:
        """In a thread; the content is made there, part by part, so that decisions go on."""
        try:
            size = await asyncio.to_thread(file.write, path, content, self._writer)
        except OSError as error:
            self._counters.add("flowserve_scorer_snapshots_failed_total")
            log.warning("snapshot not written", extra={"path": str(path), "cause": repr(error)})
            return
        self._saved[path] = positions
        self._good_at[path] = time.monotonic()
        self._counters.add("flowserve_scorer_snapshots_saved_total")
        log.info("snapshot saved", extra={"path": str(path), "bytes": size})

    def _path(self, number: int) -> Path:
        return self._folder / f"partition-{number}.snapshot"

    def _refused(self, path: Path, error: Exception) -> None:
        if isinstance(error, FileNotFoundError):
            return
        self._counters.add("flowserve_scorer_snapshots_refused_total")
        extra = {"path": str(path), "cause": str(error)}
        log.warning("snapshot not used; the log is read in its place", extra=extra)
