"""Warms a new installation: history becomes the state that the scorers will start with.

Only `predictions` (under a run id), `terminal-history` and `feedback` are written; requests, rows and offsets
of the live group are not. A warm-up that was interrupted goes on where its records end.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator

import msgspec
import pyarrow as pa

from flowserve_ml.features.definitions import DAY_SECONDS, HORIZON_SECONDS, LABEL_DELAY_SECONDS
from flowserve_ml.runtime import Model
from schemas.settings import ProcessSettings
from schemas.terminal_history import Matured
from stream_processor.pipeline.admit import partition_of
from stream_processor.replay.engine import Engine, Warm
from stream_processor.replay.history import FRAUD, History, ReplayError
from stream_processor.replay.preconditions import check_no_scorer, written_before
from stream_processor.replay.warm_log import append, entry_of, publish_reports
from stream_processor.scorer.kafka_log import LogReader, LogWriter
from stream_processor.scorer.matured_log import publish_matured

# This process's clock may be behind the broker's by so much.
_CLOCK_SECONDS = 60


class WarmUp:
    """One warm-up; `run` does all of it and leaves the final state in `engine`."""

    def __init__(
        self, history: History, model: Model, run_id: str, reader: LogReader, writer: LogWriter
    ) -> None:
        self._history = history
        self._model = model
        self._run_id = run_id
        self._reader = reader
        self._writer = writer
        self._written: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._last: dict[int, Matured] = {}
        self.engine: Engine | None = None

    async def run(self, settings: ProcessSettings, now: float, advance: Callable[[int], None]) -> int:
        """Returns how many transactions the scorers will remember. `now` is seconds since 1970 UTC.

        Raises ReplayError if the installation may not be warmed up, and what Kafka raises.
        """
        last = self._history.last
        if last is not None and last > (now + _CLOCK_SECONDS) * 1e6:
            raise ReplayError("the history reaches into the future: live transactions would all be late")
        await check_no_scorer(settings)
        for partition in range(settings.partitions):
            self._written[partition], end = await written_before(self._reader, partition, self._run_id)
            self._ends[partition] = end - self._written[partition]
        kept_after = int(now) - HORIZON_SECONDS - DAY_SECONDS
        engine = self.engine = Engine(self._history, self._model, self._run_id, self._ends, kept_after)
        kept = 0
        for scored, due in engine.run():
            await self._publish(due, kept_after)
            await self._append(scored)
            kept += len(scored)
            advance(len(scored))
        await self._publish(engine.mature(int(now)), kept_after)
        await self._finish(int(now))
        return kept

    async def _publish(self, due: list[Matured], kept_after: int) -> None:
        """What is older no terminal remembers."""
        known = [entry for entry in due if entry.at > kept_after]
        self._last |= {entry.partition: entry for entry in known}
        await publish_matured(self._writer, await self._writer.producer(), known)

    async def _append(self, scored: list[Warm]) -> None:
        by_partition: dict[int, list[Warm]] = defaultdict(list)
        for warm in scored:
            by_partition[warm.partition].append(warm)
        await asyncio.gather(*(self._append_to(*entry) for entry in by_partition.items()))

    async def _append_to(self, partition: int, scored: list[Warm]) -> None:
        there = min(self._written[partition], len(scored))
        self._written[partition] -= there
        expected = self._ends[partition] + there
        self._ends[partition] += len(scored)
        if rest := scored[there:]:
            entries = [entry_of(warm, self._model, self._history.client_id) for warm in rest]
            await append(self._writer, partition, entries, expected)

    async def _finish(self, until: int) -> None:
        """Reports what is known of transactions that are not due yet, and how far the labels have come."""
        producer = await self._writer.producer()
        count = len(self._ends)
        reports = [
            (partition_of(customer.encode(), count), customer, transaction)
            for table in self._history.tables()
            for customer, transaction in _young_frauds(table, until)
        ]
        await publish_reports(producer, self._history.client_id, reports)
        # A repeat changes no terminal, but it tells the partition's next owner where to go on.
        ends = [msgspec.structs.replace(entry, due_until=until) for entry in self._last.values()]
        await publish_matured(self._writer, producer, ends)


def _young_frauds(table: pa.Table, until: int) -> Iterator[tuple[str, str]]:
    """Customer and transaction of the known frauds that are not due at `until`."""
    young = table["micros"].to_numpy() // 1_000_000 + LABEL_DELAY_SECONDS > until
    known = table.filter(pa.array(young & (table["label"].to_numpy() == FRAUD)))
    return zip(known["customer_id"].to_pylist(), known["transaction_id"].to_pylist(), strict=True)
