"""Faust's aiokafka transport, made to hand over whole fetched batches and to commit only what an actor set.

Stock Faust hands over record by record, forgives a missing record when it commits, and counts what it
skipped as done. Here an event is one fetched batch of one partition; the actor's cursor is the only word on
what is done (`actor`), and Faust's gap and ack bookkeeping has no say.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import faust
from aiokafka import ConsumerRecord
from aiokafka.errors import IllegalStateError
from faust.transport.conductor import Conductor
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage, Message, ack_lock
from mode import Service, ServiceT
from mode.utils.futures import notify

from schemas.crash_points import crash_point
from stream_processor.scorer.commit_times import CommitTimes
from stream_processor.scorer.consumer_thread import ConsumerThread
from stream_processor.scorer.membership import MembershipWatch
from stream_processor.scorer.rounds import Round

# A partition that is wanted again is looked for at the next poll only.
_POLL_SECONDS = 0.2
_MEMBERSHIP_SECONDS = 1.0


class _NoReadOffsets(defaultdict[TP, int | None]):
    """Faust drops what lies below a remembered read offset; the actor trims by its cursor instead."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def __getitem__(self, tp: TP) -> int | None:
        return None

    def __setitem__(self, tp: TP, offset: int | None) -> None:
        pass


class RawSchema(faust.Schema[Any, Any]):
    """Passes bytes through: decoding is the pipeline's, where a bad record is an outcome."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        """The key as it is."""
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        """The batch as it is."""
        return message.value


class Consumer(driver.Consumer):
    """Hands over batches; commits cursors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read_offset = _NoReadOffsets()
        self._cursors: dict[TP, int] = {}
        self._round = Round()
        self._commit_times = CommitTimes(self.commit_interval)

    def set_cursor(self, tp: TP, next_offset: int) -> None:
        """Everything below `next_offset` is decided and durable: the only offset that will be committed."""
        self._cursors[tp] = next_offset

    def decided(self, tp: TP, batch: Sequence[ConsumerRecord]) -> None:
        """The cursor has passed this batch; a commit comes the sooner the more traffic it was."""
        self._commit_times.decided(tp, batch[0].timestamp, batch[-1].timestamp)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """A partition that comes back starts from what its owner in between has committed."""
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self._cursors.pop(tp, None)

    async def send_back(self, tp: TP, offset: int) -> None:
        """Fetch this partition from `offset` on."""
        await self._thread.seek_wait({tp: offset})

    def _new_consumer_thread(self) -> ConsumerThread:
        thread = ConsumerThread(self, loop=self.loop, beacon=self.beacon)
        thread.membership = cast(Transport, self.transport).membership
        return thread

    async def _drain_messages(self, fetcher: ServiceT) -> None:
        """Faust's loop, without the read offsets and the counted commits that are its own business."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                await asyncio.sleep(0)
                fetched = 0
                async for tp, message in self.getmany(timeout=_POLL_SECONDS):
                    self._round.begun(tp)
                    fetched += _record_count(message)
                    await self._hand_over(message)
                if fetched < self.app.conf.broker_max_poll_records:
                    await self._round.over()
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            # Faust cancels a fetcher that it has told to stop; amid a rebalance it would call that a crash.
            if not fetcher.should_stop:
                raise

    async def _hand_over(self, message: ConsumerMessage) -> None:
        """Faust's way; where no queue is full nothing in it waits, and no task need watch it."""
        delivery = self.callback(message)
        channels = cast(Conductor, self.app.topics)._tp_index.get(message.tp, ())
        if self.app.flow_control.is_active() and not any(channel.queue.full() for channel in channels):
            await delivery
        else:
            await self.wait_first(delivery, self.suspend_flow.wait())

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """One message per fetched partition batch, as long as its generation and its actor are current."""
        records, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_quietly()
            return
        for partition, batch in records.items():
            tp = ensure_TP(partition)
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if batch and self._deliverable(tp, active):
                self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
                yield tp, _message(tp, batch, generation)

    def _deliverable(self, tp: TP, active: Iterable[TP] | None) -> bool:
        # A batch for a partition whose actor the conductor does not know yet would kill the fetcher; it is
        # dropped here and the actor finds the hole.
        if tp not in cast(Conductor, self.app.topics)._tp_to_callback:
            return False
        return active is None or tp in active or tp in self._buffered_partitions

    async def _seek_quietly(self) -> None:
        try:
            await self.perform_seek()
        except AssertionError:
            self.log.info("no partition is assigned between two assignments; nothing to seek")
        except IllegalStateError:
            # The next rebalance came while the offsets were looked up; its recovery seeks again.
            self.log.info("a partition was taken away while its committed offset was looked up")

    async def perform_seek(self) -> None:
        """Starts from what the group has committed, with no cursor until an actor sets one."""
        self._cursors.clear()
        committed = await self.seek_to_committed()
        self._committed_offset.update({ensure_TP(tp): offset or None for tp, offset in committed.items()})

    def ack(self, message: Message) -> bool:
        """Ends Faust's wait for this message, and nothing else: `set_cursor` says what is done."""
        self._round.ended(message.tp)
        with ack_lock:
            if not message.acked:
                message.acked = True
                self._unacked_messages.discard(message)
                self._n_acked += 1
                notify(self._waiting_for_ack)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        return

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return iter(list(self._cursors))

    @Service.task
    async def _commit_handler(self) -> None:
        while not self.should_stop:
            await self._commit_times.wait(self.commit_interval)
            self._commit_times.committing()
            await self.commit()

    @Service.task
    async def _membership_handler(self) -> None:
        while not self.should_stop:
            await cast(ConsumerThread, self._thread).look_at_membership()
            await self.sleep(_MEMBERSHIP_SECONDS)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        # Called while the request is on its way: the consumer has a thread of its own.
        self.loop.call_soon(crash_point, "proc.during_commit")
        done = await super()._commit(offsets)
        crash_point("proc.after_commit")
        return bool(done)

    def _new_offset(self, tp: TP) -> int | None:
        cursor, committed = self._cursors.get(tp), self._committed_offset.get(tp)
        return cursor if cursor is not None and (committed is None or cursor > committed) else None


class Transport(driver.Transport):
    """Faust's aiokafka transport with the consumer above."""

    Consumer = Consumer
    membership: MembershipWatch


def _record_count(message: ConsumerMessage) -> int:
    return len(message.value or b"")  # a list of records, as `_message` made it


def _message(tp: TP, batch: Sequence[ConsumerRecord], generation: int) -> ConsumerMessage:
    last = batch[-1]
    return ConsumerMessage(
        topic=last.topic,
        partition=last.partition,
        offset=last.offset,
        timestamp=last.timestamp / 1000,
        timestamp_type=last.timestamp_type,
        headers=[],
        key=b"",
        value=cast(bytes, batch),  # Faust only passes it on, to RawSchema
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        tp=tp,
        generation_id=generation,
    )
