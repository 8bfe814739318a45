"""Writes what a warm-up decided to where the scorers look: `predictions` and `feedback`."""

import asyncio
from collections.abc import Sequence

import numpy as np
from aiokafka import AIOKafkaProducer

from flowserve_ml.runtime import Model
from schemas import headers, identifiers
from schemas.feedback import Feedback, canonical_feedback
from schemas.outcomes import encoder
from schemas.topics import FEEDBACK
from stream_processor.pipeline import outcomes
from stream_processor.pipeline.outcomes import Origin
from stream_processor.replay.engine import Warm
from stream_processor.replay.history import ReplayError
from stream_processor.scorer.kafka_log import Entry, LogWriter


def entry_of(warm: Warm, model: Model, client_id: str) -> Entry:
    """The same answer as live; all its times are the transaction's own."""
    transaction, at = warm.transaction, warm.transaction.occurred_at
    origin = Origin(identifiers.text(warm.folded.prediction), "replay", at, at)
    decision = model.manifest.policy.decide(warm.score)
    (reasons,) = model.explain(np.array([warm.folded.row]), [decision])
    outcome = outcomes.scored(transaction, warm.folded, warm.score, decision, reasons, model, origin)
    wire = [
        (headers.STATUS, b"scored"),
        (headers.FOLD, encoder.encode(warm.folded.fold)),
        (headers.CLIENT_ID, client_id.encode()),
    ]
    return Entry(transaction.customer_id.encode(), encoder.encode(outcome), wire)


async def append(writer: LogWriter, partition: int, entries: Sequence[Entry], expected: int) -> None:
    """Appends to `predictions`. Raises ReplayError if somebody else writes there."""
    if not await writer.append(await writer.producer(), partition, entries, expected):
        raise ReplayError(
            "somebody else writes to flowserve.predictions.v1: is a scorer running, or another warm-up? "
            "Stop it and give the same command again"
        )


async def publish_reports(
    producer: AIOKafkaProducer, client_id: str, reports: Sequence[tuple[int, str, str]]
) -> None:
    """To `feedback`: frauds that are known and not due yet, as (partition, customer_id, transaction_id)."""
    wire = [(headers.CLIENT_ID, client_id.encode()), (headers.SOURCE, b"replay")]
    waiting = []
    for partition, customer_id, transaction_id in reports:
        value = canonical_feedback(Feedback(transaction_id, customer_id, True))
        key = customer_id.encode()
        waiting.append(await producer.send(FEEDBACK, value, key=key, partition=partition, headers=list(wire)))
    await asyncio.gather(*waiting)
