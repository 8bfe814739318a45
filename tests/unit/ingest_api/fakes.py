"""Parts without Kafka and PostgreSQL: a publisher that answers at once, and keys from a list."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Any

from aiokafka import TopicPartition
from fastapi import FastAPI

from ingest_api.app import compose
from ingest_api.followers import Followers
from ingest_api.health import Health
from ingest_api.keys import ApiKey, KeyRing
from ingest_api.lag import Lag
from ingest_api.lag_monitor import LagMonitor
from ingest_api.live.feeds import Feeds
from ingest_api.live.look import Eye, SinkBook
from ingest_api.loop_delay import LoopDelay
from ingest_api.parts import Parts
from ingest_api.pending_replies import PendingReplies, Reply
from ingest_api.publisher import ProducerRecord, Publisher, Receipt
from ingest_api.replies import ReplyListener
from ingest_api.settings import ApiSettings
from ingest_api.store import Store
from schemas import headers
from schemas.counters import Counters
from schemas.topics import REPLIES, REQUESTS

KEY = "fs_" + "k" * 43
READER = "fs_" + "r" * 43
AUTHORIZED = {"authorization": f"Bearer {KEY}"}


def api_key(token: str, *scopes: str, client: str = "default", expires_at: float | None = None) -> ApiKey:
    """A key as the database would give it."""
    digest = hashlib.sha256(token.encode()).digest()
    return ApiKey(token[-4:], client, digest, frozenset(scopes), expires_at)


class InstantPublisher(Publisher):
    """Keeps what is sent; `answer` makes the reply, or None for none in time."""

    def __init__(self, pending: PendingReplies, counters: Counters) -> None:
        super().__init__(_no_producer, REQUESTS, counters)
        self.sent: list[ProducerRecord] = []
        self.answer: Callable[[ProducerRecord], Reply | None] = lambda _: Reply("scored", b"{}")
        self.confirms = True
        self._pending_replies = pending

    def ready(self) -> bool:
        return True

    async def send(self, record: ProducerRecord, deadline: float) -> Receipt:
        self.sent.append(record)
        receipt: Receipt = asyncio.get_running_loop().create_future()
        correlation = headers.first(record.headers, headers.CORRELATION_ID)
        if self.confirms:
            receipt.set_result(None)
            reply = self.answer(record)
            if reply is not None and correlation is not None:
                self._pending_replies.resolve(correlation, reply)
        return receipt


class ReadyReplies(ReplyListener):
    """A listener that is always at its partition's end."""

    def ready(self) -> bool:
        return True


class FixedLag(LagMonitor):
    """A lag that the test sets."""

    known: Lag | None = None

    def lag(self) -> Lag | None:
        return self.known


def settings(**values: Any) -> ApiSettings:  # noqa: ANN401
    """Settings for tests: short waits."""
    return ApiSettings(**{"wait_seconds": 1, "publish_timeout_seconds": 0.05, **values})


def make_fakes(**values: Any) -> Parts:  # noqa: ANN401
    """All parts; `publisher` and `lag` are the fakes above."""
    chosen = settings(**values)
    counters = Counters()
    counters.declare("flowserve_api_")
    pending = PendingReplies(chosen.max_pending)
    publisher = InstantPublisher(pending, counters)
    replies = ReadyReplies(_no_producer, TopicPartition(REPLIES, 3), pending, counters)
    lag = FixedLag(chosen, 1, time.monotonic)

    async def load() -> list[ApiKey]:
        return [api_key(KEY, "predict", "read", "feedback"), api_key(READER, "read", client="other")]

    keys = KeyRing(load, time.monotonic, time.time, chosen.keys_stale_seconds)
    health = Health(publisher, replies, keys, lag.lag, chosen.max_lag_seconds)
    delay = LoopDelay(time.monotonic)
    store = Store(chosen)
    followers = Followers(store.request_outcomes, chosen.follow_poll_seconds, chosen.max_followers)
    eye = Eye(store, health.readiness, lag.lag, SinkBook(lag.ends, time.monotonic))
    feeds = Feeds(eye.look, 0.05, chosen.max_streams)
    return Parts(
        chosen,
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


def make_app(parts: Parts) -> FastAPI:
    """The real application around the fakes."""
    return compose(parts)


def _no_producer() -> Any:  # noqa: ANN401
    raise AssertionError("nothing connects in a unit test")
