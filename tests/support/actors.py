"""Partition actors on the in-memory log, with the committed model."""

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder
from schemas.counters import Counters
from stream_processor.pipeline.clients import ClientBook
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.actor import PartitionActor, Surroundings
from stream_processor.scorer.catch_up import CatchUp
from stream_processor.scorer.client_log import ClientLog
from stream_processor.scorer.dead_letters import Payloads
from stream_processor.scorer.drift import Drift
from stream_processor.scorer.maturing import Maturing
from stream_processor.scorer.replies import ReplySender
from stream_processor.scorer.snapshots.keeper import Snapshots
from stream_processor.scorer.terminal_log import TerminalLog
from tests.support.fake_log import FakeBroker, FakeReader, FakeWriter

NOW_MS = 1_795_000_000_000
NO_FOLDER = Path("/nonexistent")
CLIENTS = ("client-0", "client-1", "alpha", "beta", "bank-7")


@functools.cache
def rules(partitions: int = 1) -> Rules:
    """The committed model, one partition."""
    model = Model.load(current_folder(Path("ml/models")))
    return Rules(model, TerminalBook(), partitions, 4, ClientBook(CLIENTS))


def actor_on(
    broker: FakeBroker,
    counters: Counters | None = None,
    batch_seconds: float = 60,
    chosen: Callable[[], Rules] = rules,
    folder: Path | None = None,
) -> PartitionActor:
    """A new actor of partition 0: it knows nothing until it reads the log, or a snapshot in `folder`."""
    counters = counters or Counters()
    reader = cast(Any, FakeReader(broker))
    writer = cast(Any, FakeWriter(broker))
    catch_up = CatchUp(reader, counters)
    # Its own book, so that actors on the same log stand for processes.
    book, clients = TerminalBook(), ClientBook(CLIENTS)
    snapshots = Snapshots(folder or NO_FOLDER, "scorer-0", 1, reader, counters)
    return PartitionActor(
        0,
        Surroundings(
            rules=lambda: replace(chosen(), terminals=book, clients=clients),
            readers=(reader,),
            reader=reader,
            writer=writer,
            catch_up=catch_up,
            terminal_log=TerminalLog(reader, book, snapshots),
            client_log=ClientLog(reader, clients),
            maturing=Maturing(catch_up, writer, counters),
            snapshots=snapshots,
            replies=ReplySender(broker.clock_ms, counters),
            counters=counters,
            drift=Drift(lambda: None),
            clock_ms=broker.clock_ms,
            payloads=Payloads(b"test"),
            batch_seconds=batch_seconds,
            rebuild_seconds=60,
            rebuild_pause_seconds=0,
        ),
    )
