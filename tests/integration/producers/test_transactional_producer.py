"""A producer that writes in Kafka transactions, which the contract advises against, harms nobody else."""

import json

from confluent_kafka import Producer

from schemas.topics import REQUESTS
from tests.support.requests import body, scored
from tests.support.stack import RunningStack
from tests.support.waiting import until


async def test_the_end_of_a_transaction_is_not_taken_for_a_waiting_request(stack: RunningStack) -> None:
    producer = Producer(
        {
            "bootstrap.servers": stack.kafka.bootstrap,
            "transactional.id": "careless",
            "partitioner": "murmur2_random",
        }
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    transaction = body(customer_id="in-a-transaction")
    producer.produce(REQUESTS, key=b"in-a-transaction", value=json.dumps(transaction).encode())
    producer.commit_transaction(30)

    async with stack.client() as client:

        async def seen_as_more_than_a_second_of_lag_and_then_as_nothing() -> bool:
            lag = (await client.get("/api/v1/metrics")).json()["lag"]
            seconds.append(lag["seconds"])
            return max(seconds) >= 1 and lag["records"] == 0

        seconds: list[float] = []
        await until(seen_as_more_than_a_second_of_lag_and_then_as_nothing, "the lag is 0 again", 30)
        await scored(client, body())
