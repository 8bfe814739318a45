"""The fault: SIGKILL to the scorer, and how long until decisions come again."""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from local_stack.process import Process
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.settings import ProcessSettings
from schemas.topics import PREDICTIONS

_DEADLINE_SECONDS = 90.0


async def kill_and_time(scorer: Process, settings: ProcessSettings) -> float:
    """Kills the scorer; the supervisor starts it again. Seconds until the log of predictions grows again.

    Raises TimeoutError.
    """
    async with started(AIOKafkaConsumer(**kafka_arguments(settings))) as consumer:
        tps = [TopicPartition(PREDICTIONS, number) for number in range(settings.partitions)]
        await asyncio.to_thread(scorer.kill)
        killed_at = time.monotonic()
        before = await consumer.end_offsets(tps)
        async with asyncio.timeout(_DEADLINE_SECONDS):
            while await consumer.end_offsets(tps) == before:
                await asyncio.sleep(0.05)
        return time.monotonic() - killed_at
