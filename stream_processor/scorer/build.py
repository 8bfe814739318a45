"""Composition of a scorer: the only place that knows every part."""

import gc
import time
from functools import partial

import faust
import mode.loop
from aiokafka import AIOKafkaProducer

from schemas import lost_connections, tolerant_records
from schemas.compression import quick_lz4
from schemas.counters import Counters
from schemas.kafka_clients import kafka_arguments
from stream_processor.exposition import expose
from stream_processor.log_readers import log_consumer
from stream_processor.pipeline.clients import ClientBook
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.actor import Surroundings
from stream_processor.scorer.actors import Actors
from stream_processor.scorer.app import build_app
from stream_processor.scorer.catch_up import CatchUp
from stream_processor.scorer.client_log import ClientLog
from stream_processor.scorer.dead_letters import Payloads
from stream_processor.scorer.drift import Drift
from stream_processor.scorer.gauges import register_gauges
from stream_processor.scorer.kafka_log import LogReader, LogWriter
from stream_processor.scorer.maturing import Maturing
from stream_processor.scorer.membership import MembershipWatch
from stream_processor.scorer.models import CurrentRules
from stream_processor.scorer.replies import ReplySender
from stream_processor.scorer.settings import ScorerSettings
from stream_processor.scorer.snapshots.keeper import Snapshots
from stream_processor.scorer.terminal_log import TerminalLog
from stream_processor.scorer.watchdog import EXIT_FAILED, StopWatchdog, leave

_BATCH_BYTES = 900_000
_DEAD_LETTER_BYTES = 2_000_000


def build(settings: ScorerSettings) -> faust.App:
    """The worker, ready to run. Raises ArtifactError for a model that cannot be trusted."""
    tolerant_records.install()
    lost_connections.install()
    mode.loop.use("uvloop")
    counters = Counters()
    counters.declare("flowserve_scorer_")
    # Four, so that none of terminals, clients, snapshots and actors waits for what another reads.
    readers = [LogReader(lambda: log_consumer(settings)) for _ in range(4)]
    reader, for_terminals, for_clients, for_snapshots = readers
    writer = LogWriter(lambda: _producer(settings))
    catch_up = CatchUp(reader, counters)
    terminals, clients = TerminalBook(), ClientBook()
    snapshots = Snapshots(
        settings.data_dir / "snapshots",
        f"scorer-{settings.scorer_slot}",
        settings.partitions,
        for_snapshots,
        counters,
    )
    rules = CurrentRules(
        settings.models_dir,
        terminals,
        clients,
        settings.partitions,
        settings.reply_partitions,
        time.monotonic,
        settings.limit,
    )
    drift = Drift(lambda: rules.baseline)
    around = Surroundings(
        rules=rules,
        readers=readers,
        reader=reader,
        writer=writer,
        catch_up=catch_up,
        terminal_log=TerminalLog(for_terminals, terminals, snapshots),
        client_log=ClientLog(for_clients, clients),
        maturing=Maturing(catch_up, writer, counters),
        snapshots=snapshots,
        replies=ReplySender(_now_ms, counters),
        counters=counters,
        drift=drift,
        clock_ms=_now_ms,
        payloads=Payloads(settings.payload_key.get_secret_value().encode(), settings.keep_refused_payloads),
        batch_seconds=settings.batch_seconds,
        rebuild_seconds=settings.rebuild_seconds,
        rebuild_pause_seconds=settings.rebuild_pause_seconds,
    )
    membership = MembershipWatch(time.monotonic, partial(_refused, settings.member_id))
    actors = Actors(around)
    app = build_app(settings, actors, membership, StopWatchdog(settings.stop_seconds))
    register_gauges(counters, actors, lambda: app.monitor.tp_end_offsets, rules, terminals, snapshots, drift)
    expose(counters, settings.metrics_host, settings.metrics_port)
    # What is here now stays, and a batch makes some thousand objects that die young: looking through them at
    # every 700 of them cost 2 microseconds a record. Not much rarer than this, either: what Kafka's client
    # leaves in cycles holds whole batches of bytes.
    gc.freeze()
    gc.set_threshold(10_000)
    return app


def _refused(member_id: str, why: str) -> None:
    leave(EXIT_FAILED, f"the group refuses {member_id}: {why}")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _producer(settings: ScorerSettings) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        **kafka_arguments(settings),
        acks="all",
        compression_type=quick_lz4(),
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
        max_request_size=_DEAD_LETTER_BYTES,
        request_timeout_ms=10_000,
    )
