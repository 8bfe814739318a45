"""The owner of one partition: its cursor, its state, and the order in which a batch becomes durable.

Neighbours: `pipeline.decide` (pure), `kafka_log` (read and append), `catch_up` (state from the log).
"""

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from flowserve_ml.features.definitions import DAY_SECONDS
from schemas.counters import Counters
from schemas.crash_points import crash_point
from schemas.topics import REQUESTS
from stream_processor.pipeline.decide import DecidedBatch, decide
from stream_processor.pipeline.envelope import Record, read_envelope
from stream_processor.pipeline.erasure import markers
from stream_processor.pipeline.labels import NOTHING_PUBLISHED
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.catch_up import Awaiting, CatchUp
from stream_processor.scorer.client_log import ClientLog
from stream_processor.scorer.counters import count_decided
from stream_processor.scorer.dead_letters import Payloads, send_dead_letters
from stream_processor.scorer.drift import Drift
from stream_processor.scorer.kafka_log import LogReader, LogWriter
from stream_processor.scorer.maturing import Maturing
from stream_processor.scorer.refusal_watch import RefusalWatch
from stream_processor.scorer.replies import Answers, ReplySender
from stream_processor.scorer.retry import Work, retried
from stream_processor.scorer.snapshots.keeper import Snapshots
from stream_processor.scorer.snapshots.partition import capture
from stream_processor.scorer.terminal_log import TerminalLog

log = logging.getLogger(__name__)

_FAR_BEHIND = 10_000


@dataclass(frozen=True)
class Surroundings:
    """What every actor of a process shares. `rules` gives the model of the moment; `readers` are all."""

    rules: Callable[[], Rules]
    readers: Sequence[LogReader]
    reader: LogReader
    writer: LogWriter
    catch_up: CatchUp
    terminal_log: TerminalLog
    client_log: ClientLog
    maturing: Maturing
    snapshots: Snapshots
    replies: ReplySender
    counters: Counters
    drift: Drift
    clock_ms: Callable[[], int]
    payloads: Payloads
    batch_seconds: float
    rebuild_seconds: float
    rebuild_pause_seconds: float


class PartitionActor:
    """Handles the batches of one partition, one at a time, in order."""

    def __init__(self, partition: int, around: Surroundings) -> None:
        self.partition = partition
        self.state = PartitionState()
        self._around = around
        self._assignment = -1
        self._answers = Answers(partition, around.reader, around.replies)
        self._published = NOTHING_PUBLISHED
        self._swept_at = 0
        self._producer: AIOKafkaProducer | None = None
        self._refusals = RefusalWatch(partition, around.counters, around.clock_ms)
        self._one_at_a_time = asyncio.Lock()

    async def handle(
        self, records: Sequence[Record], assignment: int, send_back: Callable[[int], Awaitable[None]]
    ) -> int:
        """Decides what of a fetched batch is undecided and returns the cursor: all below it is durable.

        `assignment` counts the assignments of this process; `send_back` has the consumer fetch again from
        an offset. Raises TimeoutError past a deadline, and whatever is neither an outcome nor transient.
        """
        async with self._one_at_a_time:
            if self._assignment != assignment:
                await self._caught_up(assignment)
            async with asyncio.timeout(self._around.batch_seconds):
                crash_point("proc.after_fetch")
                batch = self._undecided(records)
                if not batch and self.state.next - records[-1].offset > _FAR_BEHIND:
                    await send_back(self.state.next)
                if batch and not await self._is_next(batch[0].offset):
                    await send_back(self.state.next)
                    batch = []
                if batch:
                    started = asyncio.get_running_loop().time()
                    await self._decide_durably(batch)
                    took = asyncio.get_running_loop().time() - started
                    self._around.counters.observe("flowserve_scorer_batch_seconds", took)
            return self.state.next

    async def mature(self, assignment: int) -> None:
        """Publishes the transactions whose labels are final. Raises as `handle` does."""
        async with self._one_at_a_time, asyncio.timeout(self._around.rebuild_seconds):
            if self._assignment != assignment:
                await self._caught_up(assignment)
            await self._retried(self._mature_once)

    async def snapshot(self) -> None:
        """Saves the state, once it is known. Decisions go on while it is written. Raises as Kafka does."""
        async with self._one_at_a_time:
            captured = None if self._is_new else capture(self.state)
        if captured is not None:
            await self._around.snapshots.save(self.partition, captured)

    @property
    def _is_new(self) -> bool:
        return self._assignment < 0

    async def _mature_once(self) -> None:
        around = self._around
        producer = self._producer = await around.writer.producer()
        self._published = await around.maturing.run(
            self.partition, self.state, self._published, producer, around.clock_ms()
        )
        await self._erase(producer)

    async def _erase(self, producer: AIOKafkaProducer) -> None:
        """Forgets whom `feedback` asks to forget. Where another worker writes, the next look tries again."""
        around, state = self._around, self.state
        if not (wanted := markers(state)):
            return
        if await around.writer.append(producer, self.partition, wanted, state.log_end):
            state.apply([(marker.place, marker.fold) for marker in wanted])
            around.counters.add("flowserve_scorer_erased_total", len(wanted))
        else:
            await around.catch_up.run(self.partition, state, around.clock_ms())

    async def _caught_up(self, assignment: int) -> None:
        """After every assignment: another worker may have owned the partition meanwhile."""
        around = self._around
        async with asyncio.timeout(around.rebuild_seconds):
            await self._retried(self._catch_up_only)
            if self._is_new and self.state.log_end and around.rebuild_pause_seconds:
                await asyncio.sleep(around.rebuild_pause_seconds)
        self._assignment = assignment

    async def _catch_up_only(self) -> None:
        around = self._around
        if self._is_new:
            self.state = await around.snapshots.load(self.partition) or self.state
        await around.terminal_log.refresh(around.clock_ms())
        await around.client_log.refresh()
        await around.catch_up.run(self.partition, self.state, around.clock_ms())
        self._published = max(self._published, around.terminal_log.book.published(self.partition))

    def _undecided(self, records: Sequence[Record]) -> Sequence[Record]:
        """Trims below the cursor."""
        return records[bisect_left(records, self.state.next, key=lambda record: record.offset) :]

    async def _is_next(self, first: int) -> bool:
        """Whether `first` is the next request. Above the cursor only if the broker has none in between."""
        if first == self.state.next:
            return True
        # A fetched batch that was dropped on its way here leaves the same gap, so only the broker is asked.
        kept = await self._around.reader.first_from(REQUESTS, self.partition, self.state.next)
        if kept is None or kept.offset != first:
            self._around.counters.add("flowserve_scorer_sent_back_total")
            return False
        hole = (self.state.next, first)
        self._around.counters.add("flowserve_scorer_holes_total", first - self.state.next)
        log.warning("request offsets are missing", extra={"partition": self.partition, "hole": hole})
        self.state.next = first
        return True

    async def _decide_durably(self, batch: Sequence[Record]) -> None:
        """Until every record is decided on the log, by us or by another worker that came before."""

        async def attempt() -> None:
            while rest := self._undecided(batch):
                await self._decide(rest)

        await self._retried(attempt, lambda: self._take_from_log(batch))

    async def _decide(self, batch: Sequence[Record]) -> None:
        around, state = self._around, self.state
        decided = await self._decided(batch)
        crash_point("proc.after_score")
        self._refusals.check(decided.results)
        producer = self._producer = await around.writer.producer()
        await send_dead_letters(producer, decided.results, around.payloads, around.clock_ms())
        crash_point("proc.after_dead_letters")
        if not await around.writer.append(producer, self.partition, decided.results, state.log_end):
            around.counters.add("flowserve_scorer_foreign_writes_total")
            log.warning("someone else wrote to the partition", extra={"partition": self.partition})
            await self._take_from_log(batch)
            return
        crash_point("proc.after_results")
        first_offset = state.log_end
        decided.draft.commit()
        state.decided(batch[-1].offset + 1, batch[-1].timestamp, len(batch))
        crash_point("proc.after_swap")
        self._sweep()
        count_decided(around.counters, decided)
        around.drift.note(decided.rows, batch[0].timestamp)
        self._refusals.note(decided.results)
        await self._answers.deliver(producer, decided.results, first_offset)
        crash_point("proc.after_replies")

    async def _decided(self, batch: Sequence[Record]) -> DecidedBatch:
        """Nobody is refused as unknown before the list of clients was read to the end it has now."""
        around, known = self._around, self._around.client_log.position
        decided = decide(batch, self.state, around.rules(), around.clock_ms())
        strangers = any(entry.refused and entry.refused.code == "unknown_client" for entry in decided.results)
        if strangers and await around.client_log.refresh(known):
            return decide(batch, self.state, around.rules(), around.clock_ms())
        return decided

    def _sweep(self) -> None:
        """Once an event-time day, so that customers who never come back do not stay for ever."""
        if self.state.mark - self._swept_at >= DAY_SECONDS:
            self._swept_at = self.state.mark
            self.state.forget_idle()

    def _awaiting(self, batch: Sequence[Record]) -> Awaiting:
        envelopes = (
            (record.offset, read_envelope(record, self._around.rules().reply_partitions)) for record in batch
        )
        return {offset: envelope.reply_to for offset, envelope in envelopes if envelope.reply_to is not None}

    async def _take_from_log(self, batch: Sequence[Record]) -> None:
        """Catches up, and answers from the log what was decided there."""
        around, awaiting = self._around, self._awaiting(batch)
        answers = await around.catch_up.run(self.partition, self.state, around.clock_ms(), awaiting)
        producer = self._producer = await around.writer.producer()
        for to, value in answers:
            await around.replies.send(producer, to, "scored", value)

    async def _retried(self, work: Work, recover: Work | None = None) -> None:
        await retried(work, self.partition, self._discard, recover)

    async def _discard(self) -> None:
        self._around.counters.add("flowserve_scorer_kafka_failures_total")
        if self._producer is not None:
            await self._around.writer.discard(self._producer)
