"""`python -m benchmarks.micro [pyperf options]`: one transaction in each step of the scorer, so that a
regression has an address. Steps that work on batches are given 500 transactions; times are for one.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import numpy as np
import orjson
import pyperf
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from benchmarks.floors.score import Scorer, fold
from benchmarks.results import FLOOR_MODEL
from benchmarks.traffic import Asked, traffic
from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.terminal import UNSEEN_TERMINAL
from flowserve_ml.features.vector import feature_row
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder
from schemas.headers import DEFAULT_CLIENT
from schemas.outcomes import encoder
from schemas.transaction import decode
from stream_processor.pipeline.clients import ClientBook
from stream_processor.pipeline.decide import DecidedBatch, decide
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.kafka_log import LogWriter
from tests.support.fake_log import FakeRecord

BATCH, _CUSTOMERS, _BEFORE = 500, 400, 10
_BATCH_BYTES, _MANY = 900_000, 20


class Scene:
    """A partition of 400 customers with 10 transactions each, and the batch that comes next."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        asked = traffic("micro", _CUSTOMERS * _BEFORE + BATCH, _CUSTOMERS, now, repeats=0)
        self.now_ms = int(now.timestamp() * 1_000)
        self.asked: Sequence[Asked] = asked[-BATCH:]
        self.bodies = [one.request() for one in self.asked]
        self.model = Model.load(current_folder(Path("ml/models")))
        self.rules = Rules(self.model, TerminalBook(), 1, 16, ClientBook([DEFAULT_CLIENT]))
        self.state = PartitionState()
        self.histories: dict[str, CustomerHistory] = {}
        for first in range(0, len(asked) - BATCH, BATCH):
            self._know(asked[first : first + BATCH])
        self.batch = self._records(self.asked)
        self.rows = np.array([self.features(one) for one in self.asked])
        self.outcomes = [orjson.loads(entry.value) for entry in self.decide().results]

    def decide(self) -> DecidedBatch:
        """The batch; the state stays as it was."""
        return decide(self.batch, self.state, self.rules, self.now_ms)

    def features(self, asked: Asked) -> tuple[float, ...]:
        """The row of a transaction, which its customer's history then knows."""
        history = self.histories.setdefault(asked.customer_id, CustomerHistory())
        return feature_row(history, UNSEEN_TERMINAL, asked.at, asked.amount)

    def _know(self, asked: Sequence[Asked]) -> None:
        records = self._records(asked)
        decided = decide(records, self.state, self.rules, self.now_ms)
        decided.draft.commit()
        self.state.decided(records[-1].offset + 1, records[-1].timestamp, len(records))
        for one in asked:
            self.features(one)

    def _records(self, asked: Sequence[Asked]) -> list[FakeRecord]:
        first = self.state.next
        return [one.record(0, first + place, self.now_ms) for place, one in enumerate(asked)]


class Receipts:
    """A producer that makes real batches and sends them nowhere."""

    def create_batch(self) -> BatchBuilder:
        """As AIOKafkaProducer's."""
        return BatchBuilder(_BATCH_BYTES, 3)

    async def send_batch(self, batch: BatchBuilder, topic: str, partition: int) -> "asyncio.Future[object]":
        """A receipt at once."""
        batch.close()
        receipt: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        receipt.set_result(RecordMetadata(topic, partition, TopicPartition(topic, partition), 0, 0, 1, 0))
        return receipt


def steps(scene: Scene) -> dict[str, Callable[[], object]]:
    """Each of them does its step for a whole batch."""
    packed = [scene.histories[one.customer_id].pack() for one in scene.asked]
    floor = Scorer(FLOOR_MODEL.absolute())
    floor_rows = [[1.0] * 9] * BATCH
    plain = [orjson.loads(one.plain()) for one in scene.asked]
    known = {one["customer_id"]: fold(None, one)[0] for one in plain}

    def remember() -> None:
        for one in packed:
            CustomerHistory.unpack(one)[0].pack()

    def features() -> None:
        for one, history in zip(scene.asked, packed, strict=True):
            feature_row(CustomerHistory.unpack(history)[0], UNSEEN_TERMINAL, one.at, one.amount)

    return {
        "decode": lambda: [decode(body) for body in scene.bodies],
        "decode (floor: orjson)": lambda: [orjson.loads(body) for body in scene.bodies],
        "fold": remember,
        "fold and features": features,
        "fold and features (floor: plain list)": lambda: [
            fold(known[one["customer_id"]], one) for one in plain
        ],
        "model": lambda: scene.model.score(scene.rows),
        "model (floor: the plain session)": lambda: floor.rows(floor_rows),
        "encode": lambda: [encoder.encode(one) for one in scene.outcomes],
        "encode (floor: orjson)": lambda: [orjson.dumps(one) for one in scene.outcomes],
        "the whole batch": scene.decide,
    }


def transports(scene: Scene) -> dict[str, Callable[[], Coroutine[Any, Any, object]]]:
    """The same for the way in, from Faust's fetcher to the actor, and out, into the bytes of a batch."""
    with patch.object(sys, "argv", sys.argv[:1]):  # Faust takes pyperf's --loops for its own --loop
        from tests.support.consumers import consumer_records, scripted_consumer, tp
    results = scene.decide().results
    fetched = consumer_records(0, 0, BATCH)
    writer = LogWriter(lambda: cast(AIOKafkaProducer, Receipts()))

    async def incoming() -> None:
        consumer = scripted_consumer({tp(0)})
        for _ in range(_MANY):
            consumer.fetches.append({tp(0): fetched})
            async for _ in consumer.getmany(timeout=1.0):
                pass

    async def outgoing() -> None:
        for _ in range(_MANY):
            await writer.append(cast(AIOKafkaProducer, Receipts()), 0, results, 0)

    return {"transport in": incoming, "transport out": outgoing}


def main() -> None:
    """As pyperf does it: in processes of their own, and calibrated."""
    runner = pyperf.Runner(program_args=("-m", "benchmarks.micro"))
    runner.metadata["description"] = "one transaction in each step of the scorer"
    scene = Scene()
    for name, step in steps(scene).items():
        runner.bench_func(name, step, inner_loops=BATCH)
    for name, way in transports(scene).items():
        runner.bench_async_func(name, way, inner_loops=BATCH * _MANY)


if __name__ == "__main__":
    main()
