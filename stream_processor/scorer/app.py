"""The Faust app: one agent, one actor per partition. What it does with a batch is `actor`'s business."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from typing import Any, cast

import faust
from faust.types.tuples import TP
from yarl import URL

from schemas.logs import logging_config
from schemas.topics import REQUESTS, SCORER_GROUP
from stream_processor.pipeline.envelope import Record
from stream_processor.scorer.actor import PartitionActor, Surroundings
from stream_processor.scorer.membership import MembershipWatch
from stream_processor.scorer.settings import ScorerSettings
from stream_processor.scorer.transport import Consumer, RawSchema, Transport
from stream_processor.scorer.watchdog import EXIT_FAILED, EXIT_STUCK, StopWatchdog, leave

_REPORT_SECONDS = 10.0
# Batches, not records: enough to keep an actor busy, few enough to stop within a second.
_BUFFERED_BATCHES = 8


def build_app(
    settings: ScorerSettings, around: Surroundings, membership: MembershipWatch, watchdog: StopWatchdog
) -> faust.App:
    """The worker. An error that leaves an actor ends the process: Faust would restart it with old state."""
    app = _faust(settings, membership)
    actors: dict[int, PartitionActor] = {}
    assignments = 0

    @app.agent(app.topic(REQUESTS, schema=RawSchema()), isolated_partitions=True)
    async def score(stream: AsyncIterable[Any]) -> None:
        async for event in cast(faust.Stream[Any], stream).noack().events():
            tp = event.message.tp
            actor = actors.setdefault(tp.partition, PartitionActor(tp.partition, around))
            consumer = cast(Consumer, app.consumer)
            await _handle(actor, event.value, assignments, consumer, tp)
            event.ack()

    @app.on_partitions_assigned.connect  # type: ignore[arg-type]  # mode types no arguments
    async def on_assigned(_: object, assigned: set[TP], **__: object) -> None:
        nonlocal assignments
        assignments += 1
        ours = {tp.partition for tp in assigned if tp.topic == REQUESTS}
        for partition in actors.keys() - ours:
            del actors[partition]

    @app.timer(_REPORT_SECONDS)  # type: ignore[untyped-decorator]
    async def report(app: faust.App) -> None:
        app.log.info("counted so far", extra=dict(around.counters.values()))

    @app.task  # type: ignore[untyped-decorator]
    async def guard_the_stop() -> None:
        # Not before the worker runs: its own signal handlers would take the place of these.
        watchdog.start()
        watchdog.on_signals()

    @app.on_before_shutdown.connect
    async def shutting_down(*_: object, **__: object) -> None:
        watchdog.stopping()
        await around.reader.stop()
        await around.writer.stop()

    return app


def _faust(settings: ScorerSettings, membership: MembershipWatch) -> faust.App:
    """Faust with our transport, and everything of it switched off that we do not use."""
    app = faust.App(
        SCORER_GROUP,
        broker=[URL(f"kafka://{address}") for address in settings.kafka_bootstrap.split(",")],
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


async def _handle(
    actor: PartitionActor,
    records: Sequence[Record],
    assignment: int,
    consumer: Consumer,
    tp: TP,
) -> None:
    async def send_back(offset: int) -> None:
        await consumer.send_back(tp, offset)

    try:
        consumer.set_cursor(tp, await actor.handle(records, assignment, send_back))
    except asyncio.CancelledError:
        raise
    except TimeoutError:
        leave(EXIT_STUCK, f"partition {tp.partition} passed its deadline")
    except BaseException as error:
        actor_log = consumer.log
        actor_log.critical("partition %s failed: %r", tp.partition, error, exc_info=error)
        leave(EXIT_FAILED, "an actor failed, and nothing of its batch is acknowledged")
