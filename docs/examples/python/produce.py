"""Sends a transaction for each customer and prints what FlowServe decides, one JSON object a line.

python produce.py HOST:PORT [FILE]    FILE holds one customer_id a line, in UTF-8
"""

import json
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

REQUESTS, PREDICTIONS = "flowserve.requests.v1", "flowserve.predictions.v1"
ANSWER_SECONDS = 60


def transaction(customer_id: str) -> bytes:
    """Keep what you send until it is answered: a retry repeats these bytes."""
    body = {
        "transaction_id": f"tx-{uuid.uuid4()}",
        "customer_id": customer_id,
        "terminal_id": "t-7",
        "amount": 1250,
        "currency": "EUR",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return json.dumps(body).encode()


def predictions_from_now_on(bootstrap: str) -> Consumer:
    """A consumer that stands at the end of every partition, before anything is sent."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "example", "enable.auto.commit": False})
    numbers = consumer.list_topics(PREDICTIONS, timeout=10).topics[PREDICTIONS].partitions
    partitions = [TopicPartition(PREDICTIONS, number) for number in numbers]
    for partition in partitions:
        _, partition.offset = consumer.get_watermark_offsets(partition, timeout=10)
    consumer.assign(partitions)
    return consumer


def confirmed(error: KafkaError | None, _: Message) -> None:
    """Called for every record; one that is not confirmed may be sent again as it is."""
    if error is not None:
        raise SystemExit(f"a transaction was not confirmed: {error}")


def send(bootstrap: str, customers: list[str]) -> set[bytes]:
    """Returns once Kafka has confirmed every transaction; their correlation ids."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",  # librdkafka's own default is another one
            "enable.idempotence": True,  # and with it acks=all
        }
    )
    waiting = set()
    for customer in customers:
        correlation_id = uuid.uuid4().hex.encode()
        producer.produce(
            REQUESTS,
            key=customer.encode(),
            value=transaction(customer),
            headers=[("correlation_id", correlation_id)],
            on_delivery=confirmed,
        )
        producer.poll(0)
        waiting.add(correlation_id)
    producer.flush()
    return waiting


def print_outcomes(consumer: Consumer, waiting: set[bytes]) -> None:
    """Others' outcomes are on the topic too: ours have our correlation ids."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while waiting:
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(waiting)} transactions are not decided yet")
        record = consumer.poll(1)
        if record is None or record.error() is not None:
            continue
        correlation_id = dict(record.headers() or ()).get("correlation_id")
        if correlation_id in waiting:
            waiting.remove(correlation_id)
            print(record.value().decode(), flush=True)


def main() -> None:
    bootstrap = sys.argv[1]
    customers = Path(sys.argv[2]).read_text("utf-8").splitlines() if sys.argv[2:] else ["c-1", "c-2", "c-3"]
    consumer = predictions_from_now_on(bootstrap)
    print_outcomes(consumer, send(bootstrap, customers))
    consumer.close()


if __name__ == "__main__":
    main()
