"""A history that ends now, with labels, and what a scorer makes of the logs after a warm-up."""

import dataclasses
import math
import random
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np

from flowserve_ml.features.definitions import FEATURES, HORIZON_SECONDS
from flowserve_ml.features.vector import named_features
from flowserve_ml.generate import transactions
from flowserve_ml.runtime import Model
from local_stack.kafka import Kafka
from schemas.counters import Counters
from schemas.headers import DEFAULT_CLIENT
from schemas.settings import ProcessSettings
from schemas.transaction import Transaction, parse_time
from stream_processor.log_readers import log_consumer
from stream_processor.pipeline.memory import CustomerMemory
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.replay.assemble import Report, assemble
from stream_processor.replay.history import History
from stream_processor.replay.scoring import score_history
from stream_processor.scorer.catch_up import CatchUp
from stream_processor.scorer.kafka_log import LogReader
from stream_processor.scorer.terminal_log import TerminalLog

CLIENT = DEFAULT_CLIENT
_DAYS = 70


def history(model: Model, count: int, seed: int, now: datetime) -> History:
    """Seventy days of a few customers, one repeat in fifty; a tenth are frauds, reported after three days."""
    chance = random.Random(seed)
    asked: list[Transaction] = []
    for body in transactions(count, 60, 40, seed, now - timedelta(minutes=10), _DAYS):
        asked.append(Transaction(**{**body, "occurred_at": parse_time(body["occurred_at"])}))
        if chance.random() < 0.02:
            asked.append(asked[-1])
    reports = [
        Report(each.customer_id, each.transaction_id, each.occurred_at.timestamp() + 3 * 86_400, True)
        for each in asked
        if chance.random() < 0.1
    ]
    known = [report for report in reports if report.reported_at <= now.timestamp()]
    return assemble("a test", CLIENT, asked, known, model.manifest.rates, f"seed {seed}")


async def rebuilt(broker: Kafka, partitions: int, now: datetime) -> tuple[list[PartitionState], TerminalBook]:
    """The states and the terminals that scorers start with."""
    settings = ProcessSettings(kafka_bootstrap=broker.bootstrap, partitions=partitions)
    readers = [LogReader(lambda: log_consumer(settings)) for _ in range(2)]
    catch_up, terminals = CatchUp(readers[0], Counters()), TerminalLog(readers[1], TerminalBook())
    now_ms = int(now.timestamp() * 1_000)
    states = [PartitionState() for _ in range(partitions)]
    for partition, state in enumerate(states):
        await catch_up.run(partition, state, now_ms)
        await catch_up.read_reports(partition, state, now_ms)
    await terminals.refresh(now_ms)
    for reader in readers:
        await reader.stop()
    return states, terminals.book


def remembered(states: list[PartitionState], now: datetime) -> dict[str, object]:
    """Every customer as the next transaction will find it."""
    limit = int(now.timestamp()) - HORIZON_SECONDS
    found: dict[str, object] = {}
    for state in states:
        for key, packed in state.customers.items():
            kept = CustomerMemory.unpack(packed)
            kept.forget(limit)
            kept.history.dropped = 0
            if len(kept.history):
                found[key] = kept
    return found


def seen(book: TerminalBook, now: datetime) -> dict[tuple[int, int], tuple[float, ...]]:
    """Every terminal as transactions of the next hours will see it."""
    at = int(now.timestamp())
    return {
        (number, hours): book.view(CLIENT, f"t-{number:05d}", at + hours * 3_600)
        for number in range(41)
        for hours in (0, 5, 30)
    }


def next_transactions(past: History, at: int) -> list[dict[str, Any]]:
    """One for each of twenty customers, at the terminals that they know, in ascending order."""
    known = past.table.drop_duplicates("customer_id").iloc[:20]
    pairs = zip(known["customer_id"], known["terminal_id"], strict=True)
    return [
        {
            "transaction_id": f"next-{number}",
            "customer_id": customer,
            "terminal_id": terminal,
            "amount": 1_000 * (number + 1),
            "currency": "EUR",
            "occurred_at": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for number, (customer, terminal) in enumerate(pairs)
    ]


def offline(past: History, bodies: list[dict[str, Any]], model: Model) -> dict[str, tuple[float, Any]]:
    """Scores and features that a replay of everything gives the new ones."""
    asked = [Transaction(**{**body, "occurred_at": parse_time(body["occurred_at"])}) for body in bodies]
    added = assemble("a test", CLIENT, asked, [], model.manifest.rates, "")
    both = dataclasses.replace(past, tables=lambda: chain(past.tables(), added.tables()))
    scored = score_history(both, model, lambda table: np.ones(len(table), dtype=bool), lambda _: None)
    last = list(scored.by_event())[-len(list(added.tables())) :]
    return {
        row["transaction_id"]: (row["score"], named_features([_float(row[name]) for name in FEATURES]))
        for table in last
        for row in table.to_pylist()
    }


def _float(value: float | None) -> float:
    return math.nan if value is None else value


def utc_now() -> datetime:
    return datetime.now(UTC)
