"""Sends one transaction, asks for the answer by headers, and prints it: the quickest way over Kafka.

python ask_and_wait.py HOST:PORT [CUSTOMER_ID]
"""

import random
import sys
import time
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from produce import REQUESTS, confirmed, transaction

REPLIES = "flowserve.replies.v1"
WAIT_SECONDS = 10


def replies_from_now_on(bootstrap: str) -> tuple[Consumer, int]:
    """A consumer of one partition of the replies, whichever; a service keeps it for as long as it runs."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "example", "enable.auto.commit": False})
    partition = random.choice(list(consumer.list_topics(REPLIES, timeout=10).topics[REPLIES].partitions))
    place = TopicPartition(REPLIES, partition)
    _, place.offset = consumer.get_watermark_offsets(place, timeout=10)
    consumer.assign([place])
    return consumer, partition


def answer(consumer: Consumer, correlation_id: str) -> tuple[str, str]:
    """Status and value of our reply; whoever shares the partition has other correlation ids."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        record = consumer.poll(0.1)
        if record is None or record.error() is not None:
            continue
        headers = dict(record.headers() or ())
        if headers.get("correlation_id") == correlation_id.encode():
            return headers["status"].decode(), record.value().decode()
    raise SystemExit("no reply in time; the outcome is on flowserve.predictions.v1 all the same")


def main() -> None:
    bootstrap = sys.argv[1]
    customer = sys.argv[2] if sys.argv[2:] else "c-1"
    consumer, partition = replies_from_now_on(bootstrap)
    correlation_id = uuid.uuid4().hex
    headers = {
        "correlation_id": correlation_id,
        "reply_partition": str(partition),
        "deadline": str(int((time.time() + WAIT_SECONDS) * 1_000)),
    }
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "linger.ms": 0,
        }
    )
    producer.produce(
        REQUESTS, key=customer.encode(), value=transaction(customer), headers=headers, on_delivery=confirmed
    )
    producer.flush()
    status, value = answer(consumer, correlation_id)
    print(status, value)
    consumer.close()


if __name__ == "__main__":
    main()
