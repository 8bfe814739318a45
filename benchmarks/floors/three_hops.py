"""`python -m benchmarks.floors.three_hops BOOTSTRAP`: request, prediction acknowledged, reply; no more.

The client's half is `ask` in `benchmarks.hops`.
"""

import sys

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

REQUESTS, PREDICTIONS, REPLIES = "floor.hop-requests", "floor.hop-predictions", "floor.hop-replies"
REPLY_PARTITION = 0


async def run(bootstrap: str) -> None:
    """Until it is killed."""
    consumer = AIOKafkaConsumer(
        REQUESTS,
        bootstrap_servers=bootstrap,
        group_id="floor.three-hops",
        auto_offset_reset="latest",
        enable_auto_commit=False,
        fetch_min_bytes=1,
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=0)
    await consumer.start()
    await producer.start()
    while True:
        for place, records in (await consumer.getmany(timeout_ms=1000)).items():
            durable = [
                await producer.send(PREDICTIONS, record.value, partition=place.partition)
                for record in records
            ]
            for receipt in durable:
                await receipt
            replies = [
                await producer.send(
                    REPLIES, record.value, partition=REPLY_PARTITION, headers=list(record.headers)
                )
                for record in records
            ]
            for receipt in replies:
                await receipt


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1]))
