"""Consume, score, produce with acks=all, on librdkafka: the quickest loop that Python can drive."""

import orjson
from confluent_kafka import Consumer, Producer

from benchmarks.floors.arguments import LoopArguments, loop_arguments
from benchmarks.floors.score import Batches


def run(given: LoopArguments) -> None:
    """Until it is killed."""
    batches = Batches(given.model, given.stateful)
    servers = {"bootstrap.servers": given.bootstrap}
    consumer = Consumer(
        {
            **servers,
            "group.id": given.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    producer = Producer({**servers, "acks": "all", "linger.ms": 5})
    consumer.subscribe([given.source])
    decode, encode = orjson.loads, orjson.dumps
    while True:
        records = [record for record in consumer.consume(1000, 0.1) if not record.error()]
        if not records:
            continue
        transactions = [decode(record.value() or b"") for record in records]
        scores = batches.score(transactions)
        for record, asked, score in zip(records, transactions, scores, strict=True):
            answer = encode({"transaction_id": asked["transaction_id"], "score": score})
            producer.produce(given.target, answer, record.key())
        producer.flush()
        consumer.commit(asynchronous=False)


if __name__ == "__main__":
    run(loop_arguments())
