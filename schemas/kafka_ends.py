"""How a Kafka client is ended for sure: aiokafka's own stop() waits for ever for a broker that is frozen."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ProducerClosed

logger = logging.getLogger(__name__)

STOP_SECONDS = 3.0

_Client = TypeVar("_Client", bound=AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient)


async def end_within(ending: Coroutine[Any, Any, None], seconds: float = STOP_SECONDS) -> bool:
    """Runs a Kafka client's stop() or close(). False if it was given up: it can hang on a silent broker.

    In a task of its own, because such an end also lets the cancellation of its inner tasks out.
    """
    task = asyncio.create_task(ending)
    await asyncio.wait((task,), timeout=seconds)
    if not task.done():
        task.cancel()
        return False
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.warning("a Kafka client did not stop cleanly: %s", type(error).__name__)
    return True


async def start_client(client: _Client) -> _Client:
    """The client, once it is started. One whose start fails is ended; raises what the start raised."""
    try:
        await client.start()
    except BaseException:
        await _end(client)
        raise
    return client


@asynccontextmanager
async def started(client: _Client) -> AsyncIterator[_Client]:
    """A client for as long as it is needed. Raises as `start_client`."""
    await start_client(client)
    try:
        yield client
    finally:
        await _end(client)


async def _end(client: _Client) -> None:
    if isinstance(client, AIOKafkaProducer):
        await end_producer(client)
    else:
        await end_within(client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())


async def end_producer(producer: AIOKafkaProducer) -> bool:
    """Stops a producer. False if it was given up, with records that nobody has confirmed.

    stop() waits for unsent batches, and those for a broker that does not answer: then the sender is ended.
    """
    stopped = await end_within(producer.stop())
    sender: asyncio.Task[None] | None = producer._sender.sender_task
    if sender is not None and not sender.done():
        sender.cancel()
        await asyncio.wait((sender,), timeout=STOP_SECONDS)
        await end_within(producer.client.close())
    _fail_unsent(producer)
    return stopped


def hear(ended: "asyncio.Future[Any]") -> None:
    """Of several that fail together the first is raised, and asyncio would report the others."""
    if not ended.cancelled():
        ended.exception()


def _fail_unsent(producer: AIOKafkaProducer) -> None:
    """Ends the receipts of what was left unsent with ProducerClosed; aiokafka keeps them open for ever."""
    accumulator = producer._message_accumulator
    # A batch that was to be sent again is not pending any more, and its end takes it from there.
    accumulator._pending_batches.update(*accumulator._batches.values())
    unsent = list(accumulator._pending_batches)
    accumulator.fail_all(ProducerClosed())
    for batch in unsent:
        hear(batch._drain_waiter)  # nobody waits for room in it
