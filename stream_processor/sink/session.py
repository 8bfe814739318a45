"""One life of a Kafka consumer: poll, read, store, again; until the stop or an error that needs a new one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiokafka import AIOKafkaConsumer

from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import end_within
from schemas.topics import SINK_GROUP
from stream_processor.sink.batch import TOPICS, Slice, read_slice
from stream_processor.sink.errors import is_transient
from stream_processor.sink.lag import SinkLag
from stream_processor.sink.positions import Positions
from stream_processor.sink.progress import Totals
from stream_processor.sink.settings import SinkSettings
from stream_processor.sink.signals import pause
from stream_processor.sink.slot import Slot
from stream_processor.sink.store import OffsetsDiffer, Store

logger = logging.getLogger(__name__)

_POLL_MS = 500
_GATHER_MS, _WORTH_A_FETCH_BYTES = 250, 1 << 20
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
_START_SECONDS, _CLOSE_SECONDS = 40.0, 2.0


async def run_session(
    settings: SinkSettings,
    store: Store,
    totals: Totals,
    lag: SinkLag,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
) -> None:
    """Stores until the stop. Raises Kafka's errors, and PostgreSQL's where waiting a little did not help."""
    async with _consuming(settings, store, totals, lag) as (consumer, positions), Slot() as slot:
        while not stop.is_set():
            polled = await consumer.getmany(timeout_ms=_POLL_MS, max_records=settings.sink_batch_records)
            slot.check()
            slices = []
            for place, (expected, records) in positions.take(polled).items():
                slices.append(read_slice(place, expected, records, clock()))
                await asyncio.sleep(0)  # PostgreSQL may wait for a word about the batch before
            if slices:
                sent, seconds = asyncio.Event(), settings.sink_retry_seconds
                storing = _store_patiently(slices, sent, store, positions, totals, lag, stop, seconds)
                await slot.put(storing, sent)
            if positions.incomplete():
                await slot.emptied()
                await positions.find()


async def _store_patiently(
    slices: list[Slice],
    sent: asyncio.Event,
    store: Store,
    positions: Positions,
    totals: Totals,
    lag: SinkLag,
    stop: asyncio.Event,
    seconds: float,
) -> None:
    """A batch is tried again for a while, so that a deadlock costs no rebalance. Raises the last error."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    wait = _FIRST_PAUSE
    while slices:
        try:
            await store.store(slices, sent.set)
        except OffsetsDiffer as difference:
            totals.fenced += len(difference.places)
            positions.forget(difference.places)
            slices = [part for part in slices if part.place not in difference.places]
        except Exception as error:
            store.drop()
            if not is_transient(error) or stop.is_set() or loop.time() + wait > deadline:
                raise
            totals.retries += 1
            logger.warning("a batch is tried again: %s", type(error).__name__)
            await pause(stop, wait)
            wait = min(wait * 2, _LONGEST_PAUSE)
        else:
            for part in slices:
                lag.stored(part.place, part.next)
            return


@asynccontextmanager
async def _consuming(
    settings: SinkSettings, store: Store, totals: Totals, lag: SinkLag
) -> AsyncIterator[tuple[AIOKafkaConsumer, Positions]]:
    session_ms = int(settings.sink_session_seconds * 1000)
    consumer = AIOKafkaConsumer(
        **kafka_arguments(settings),
        group_id=SINK_GROUP,
        client_id="flowserve-sink",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 3,
        rebalance_timeout_ms=session_ms,
        fetch_max_bytes=settings.sink_fetch_bytes,
        # A transaction costs the same for five rows as for five hundred, and a fetch of all partitions costs
        # a millisecond: a trickle is gathered for a moment. Where much waits, it is taken at once. A broker
        # gets one fetch at a time, so a wait for idle partitions can hold up a busy one.
        fetch_min_bytes=min(_WORTH_A_FETCH_BYTES, settings.sink_fetch_bytes),
        fetch_max_wait_ms=_GATHER_MS,
    )
    positions = Positions(consumer, store, totals, lag)
    consumer.subscribe(TOPICS, listener=positions)
    try:
        async with asyncio.timeout(_START_SECONDS):
            await consumer.start()
            await positions.find()
        yield consumer, positions
    finally:
        await end_within(consumer.stop(), _CLOSE_SECONDS)
