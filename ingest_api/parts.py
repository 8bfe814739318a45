"""The parts of the API that live as long as the process: made from settings, started and stopped together."""

import asyncio
import secrets
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiokafka import TopicPartition

from ingest_api.background import Loops, every
from ingest_api.followers import Followers
from ingest_api.health import Health
from ingest_api.keys import KeyRing
from ingest_api.lag_monitor import LagMonitor
from ingest_api.live.feeds import Feeds
from ingest_api.live.look import STEP_SECONDS, Eye, SinkBook
from ingest_api.loop_delay import LoopDelay
from ingest_api.pending_replies import PendingReplies
from ingest_api.publisher import Publisher, make_producer
from ingest_api.replies import ReplyListener, make_consumer
from ingest_api.settings import ApiSettings
from ingest_api.store import Store
from schemas.counters import Counters
from schemas.topics import REPLIES, REQUESTS


@dataclass(frozen=True)
class Parts:
    """Everything that outlives a call."""

    settings: ApiSettings
    counters: Counters
    pending: PendingReplies
    publisher: Publisher
    replies: ReplyListener
    lag: LagMonitor
    store: Store
    followers: Followers
    keys: KeyRing
    health: Health
    loop_delay: LoopDelay
    eye: Eye
    feeds: Feeds


def make_parts(settings: ApiSettings) -> Parts:
    """Makes all parts; nothing connects before `running`."""
    counters = Counters()
    pending = PendingReplies(settings.max_pending)
    publisher = Publisher(partial(make_producer, settings), REQUESTS, counters)
    partition = settings.reply_partition
    if partition is None:
        partition = secrets.randbelow(settings.reply_partitions)
    place = TopicPartition(REPLIES, partition)
    replies = ReplyListener(partial(make_consumer, settings), place, pending, counters)
    lag = LagMonitor(settings, settings.lag_poll_seconds, time.monotonic)
    store = Store(settings)
    followers = Followers(store.request_outcomes, settings.follow_poll_seconds, settings.max_followers)
    keys = KeyRing(store.api_keys, time.monotonic, time.time, settings.keys_stale_seconds)
    health = Health(publisher, replies, keys, lag.lag, settings.max_lag_seconds)
    delay = LoopDelay(time.monotonic)
    eye = Eye(store, health.readiness, lag.lag, SinkBook(lag.ends, time.monotonic))
    feeds = Feeds(eye.look, STEP_SECONDS, settings.max_streams)
    parts = Parts(
        settings,
        counters,
        pending,
        publisher,
        replies,
        lag,
        store,
        followers,
        keys,
        health,
        delay,
        eye,
        feeds,
    )
    register_gauges(parts)
    return parts


def register_gauges(parts: Parts) -> None:
    """What Prometheus is shown of the parts, besides what they count themselves."""
    counters, lag = parts.counters, parts.lag.lag
    counters.declare("flowserve_api_")
    counters.gauge("flowserve_api_pending_replies", lambda: len(parts.pending))
    counters.gauge("flowserve_api_followers", lambda: len(parts.followers))
    counters.gauge("flowserve_api_lag_records", lambda: seen.records if (seen := lag()) else None)
    counters.gauge("flowserve_api_lag_seconds", lambda: seen.seconds if (seen := lag()) else None)
    counters.gauge("flowserve_api_lag_known", lambda: int(lag() is not None))
    counters.gauge("flowserve_api_part_ok", parts.health.numbers)
    counters.gauge("flowserve_api_loop_delay_seconds", parts.loop_delay.seconds)
    counters.gauge("flowserve_api_keys_age_seconds", parts.keys.age)


@asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[Parts]:
    """Starts the loops and does not wait for Kafka or PostgreSQL: readiness tells when they are there."""

    def died() -> None:
        parts.health.failed = True
        signal.raise_signal(signal.SIGTERM)

    await parts.store.open()
    # The keys come first: a loop that has read them once outlives a database that then goes away.
    loops = Loops(died)
    loops.start("api keys", every(parts.settings.keys_refresh_seconds, parts.keys.refresh))
    loops.start("replies", parts.replies.run())
    loops.start("publisher", parts.publisher.run())
    loops.start("lag", parts.lag.run())
    loops.start("loop delay", parts.loop_delay.run())
    try:
        yield parts
    finally:
        parts.health.stopping = True
        parts.feeds.close()
        parts.pending.close_all()
        await parts.followers.stop()
        await asyncio.sleep(0)
        await loops.stop()
        await parts.store.close()
