"""Consume, score, produce with acks=all, on aiokafka: the floor of a loop that is written in Python."""

import asyncio

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.floors.arguments import LoopArguments, loop_arguments
from benchmarks.floors.score import Batches


async def run(given: LoopArguments) -> None:
    """Until it is killed."""
    batches = Batches(given.model, given.stateful)
    consumer = AIOKafkaConsumer(
        given.source,
        bootstrap_servers=given.bootstrap,
        group_id=given.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=given.bootstrap, acks="all", linger_ms=5)
    await consumer.start()
    await producer.start()
    decode, encode = orjson.loads, orjson.dumps
    while True:
        fetched = await consumer.getmany(timeout_ms=200, max_records=1000)
        records = [record for part in fetched.values() for record in part]
        if not records:
            continue
        transactions = [decode(record.value) for record in records]
        scores = batches.score(transactions)
        answers = zip(records, transactions, scores, strict=True)
        sent = [
            await producer.send(
                given.target, encode({"transaction_id": asked["transaction_id"], "score": score}), record.key
            )
            for record, asked, score in answers
        ]
        await asyncio.gather(*sent)
        await consumer.commit()


if __name__ == "__main__":
    asyncio.run(run(loop_arguments()))
