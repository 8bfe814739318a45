"""The Faust app: one agent, one actor per partition. What it does with a batch is `actor`'s business."""

import asyncio
import contextlib
from collections.abc import AsyncIterable
from functools import partial
from typing import Any, cast

import faust
from faust.types.tuples import TP
from yarl import URL

from schemas.crash_points import crash_point
from schemas.kafka_clients import kafka_password, tls_context
from schemas.logs import logging_config
from schemas.topics import REQUESTS, SCORER_GROUP
from stream_processor.scorer import quiet
from stream_processor.scorer.actors import Actors
from stream_processor.scorer.membership import MembershipWatch
from stream_processor.scorer.settings import ScorerSettings
from stream_processor.scorer.supervisor import PartitionSupervisor
from stream_processor.scorer.transport import Consumer, RawSchema, Transport
from stream_processor.scorer.watchdog import StopWatchdog

_REPORT_SECONDS = 10.0
# Batches, not records: enough to keep an actor busy, few enough to stop within a second.
_BUFFERED_BATCHES = 8
_LAST_SNAPSHOT_SECONDS = 5.0


def build_app(
    settings: ScorerSettings, actors: Actors, membership: MembershipWatch, watchdog: StopWatchdog
) -> faust.App:
    """The worker."""
    app = _faust(settings, membership)
    quiet.install()

    @app.agent(
        app.topic(REQUESTS, schema=RawSchema()),
        isolated_partitions=True,
        supervisor_strategy=PartitionSupervisor,
    )
    async def score(stream: AsyncIterable[Any]) -> None:
        async for event in cast(faust.Stream[Any], stream).noack().events():
            tp, consumer = event.message.tp, cast(Consumer, app.consumer)
            send_back = partial(consumer.send_back, tp)
            consumer.set_cursor(tp, await actors.handle(tp.partition, event.value, send_back))
            consumer.decided(tp, event.value)
            event.ack()
            crash_point("proc.after_ack")

    @app.on_partitions_assigned.connect  # type: ignore[arg-type]  # mode types no arguments
    async def on_assigned(_: object, assigned: set[TP], **__: object) -> None:
        actors.assigned({tp.partition for tp in assigned if tp.topic == REQUESTS})

    @app.timer(settings.mature_seconds)  # type: ignore[untyped-decorator]
    async def mature() -> None:
        await actors.mature()

    @app.timer(settings.snapshot_seconds)  # type: ignore[untyped-decorator]
    async def snapshot() -> None:
        await actors.snapshot()

    @app.timer(_REPORT_SECONDS)  # type: ignore[untyped-decorator]
    async def report(app: faust.App) -> None:
        await actors.around.drift.count()
        app.log.info("counted so far", extra=dict(actors.around.counters.values()))

    @app.task  # type: ignore[untyped-decorator]
    async def guard_the_stop() -> None:
        # Not before the worker runs: its own signal handlers would take the place of these.
        watchdog.start()
        watchdog.on_signals()
        # Faust leaves its contexts when no task of its own runs any more, and so none that uses a client.
        await app.add_async_context(actors.clients())

    @app.on_before_shutdown.connect
    async def shutting_down(*_: object, **__: object) -> None:
        watchdog.stopping()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(actors.snapshot(), _LAST_SNAPSHOT_SECONDS)

    return app


def _credentials(settings: ScorerSettings) -> faust.SASLCredentials | None:
    """Faust's aiokafka driver makes its own clients, and takes credentials in its own form."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return None
    return faust.SASLCredentials(
        username=settings.kafka_sasl_username,
        password=kafka_password(settings),
        mechanism=settings.kafka_sasl_mechanism,
        ssl_context=tls_context(settings),  # Faust would take none to mean SASL without TLS
    )


def _faust(settings: ScorerSettings, membership: MembershipWatch) -> faust.App:
    """Faust with our transport, and everything of it switched off that we do not use."""
    app = faust.App(
        SCORER_GROUP,
        broker=[URL(f"kafka://{address}") for address in settings.kafka_bootstrap.split(",")],
        broker_credentials=_credentials(settings),
        broker_max_poll_records=settings.batch_records,
        broker_commit_interval=settings.commit_seconds,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=settings.session_seconds / 5,
        broker_rebalance_timeout=30,
        broker_request_timeout=max(20, settings.session_seconds + 5),
        producer_request_timeout=10,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.member_id,
        datadir=settings.data_dir / f"faust-{settings.scorer_slot}",
        logging_config=logging_config("scorer", settings.log_level),
        store="memory://",
        stream_buffer_maxsize=_BUFFERED_BATCHES,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    transport = Transport(app.conf.broker, app)
    transport.membership = membership
    app.transport = transport
    return app
