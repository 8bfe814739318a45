"""A producer is shared by the actors of a process; when one of them discards it, the others must learn it."""

import asyncio
from functools import partial

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.kafka_log import LogWriter
from tests.support import logs
from tests.support.actors import rules
from tests.support.containers import PausableBroker
from tests.support.records import body, decided, request
from tests.support.waiting import until


async def test_who_waits_for_a_receipt_of_a_discarded_producer_waits_no_longer(
    broker: PausableBroker,
) -> None:
    """aiokafka leaves the batches of a producer that is stopped before they are sent without an end."""
    await logs.create_topics(broker.bootstrap, 1)
    results = decided([request(n, body(n, "c-1"), []) for n in range(2)], PartitionState(), rules())
    writer = LogWriter(
        lambda: AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True)
    )
    seen = await writer.producer()
    assert await writer.append(seen, 0, results[:1], 0)
    in_flight = seen._sender._in_flight
    broker.pause()
    try:
        waiting = asyncio.ensure_future(writer.append(seen, 0, results[1:], 1))
        await until(partial(bool, in_flight), "the batch is on its way")
        await writer.discard(seen)
        with pytest.raises(ProducerClosed):
            await asyncio.wait_for(waiting, 10)
    finally:
        broker.resume()
