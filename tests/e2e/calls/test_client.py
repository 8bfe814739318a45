"""flowserve-client on a live stack: its README's promises, with parts taken away under it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from flowserve_client import (
    AsyncClient,
    Client,
    Conflict,
    Pending,
    Prediction,
    Problem,
    Retry,
    Transaction,
    Unavailable,
)
from flowserve_client.kafka import Producer
from tests.support import requests
from tests.support.stack import RunningStack
from tests.support.waiting import until


def purchase(**changes: object) -> Transaction:
    body = requests.body(**changes)
    body.pop("occurred_at")
    return Transaction(**body)


@pytest.fixture
async def flowserve(stack: RunningStack) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(stack.url, stack.key, timeout=60, retry=Retry(attempts=60)) as made:
        yield made


async def test_both_clients_get_the_same_answer_to_the_same_transaction(
    stack: RunningStack, flowserve: AsyncClient
) -> None:
    asked = purchase()

    def twice() -> tuple[Prediction, Prediction]:
        with Client(stack.url, stack.key) as client:
            first = client.predict(asked)
            client.report(asked, is_fraud=True)
            return first, client.predict(asked)

    first, again = await asyncio.to_thread(twice)
    assert (first.repeated, again.repeated) == (False, True)
    assert await flowserve.predict(asked) == again
    with pytest.raises(Conflict):
        await flowserve.predict(purchase(transaction_id=asked.transaction_id, customer_id=asked.customer_id))
    await until(lambda: _fraud_is_known(flowserve, asked), "the report is beside its transaction in the log")


async def _fraud_is_known(flowserve: AsyncClient, asked: Transaction) -> bool:
    rows = await flowserve.read("/api/v1/logs", transaction_id=asked.transaction_id)
    return any((row["feedback"] or {}).get("is_fraud") for row in rows["data"])


async def test_many_at_once_in_order_with_the_bad_one_in_its_place(flowserve: AsyncClient) -> None:
    asked = [purchase() for _ in range(150)]
    asked[7] = purchase(currency="ZZZ")
    answers = await flowserve.predict_many(asked)
    bad = answers[7]
    assert isinstance(bad, Problem)
    assert bad.code == "unsupported_currency"
    for place, answer in enumerate(answers):
        if place != 7:
            assert isinstance(answer, Prediction)
            assert answer.transaction_id == asked[place].transaction_id


async def test_a_killed_api_costs_a_retry_and_counts_nothing_twice(
    stack: RunningStack, flowserve: AsyncClient
) -> None:
    asked = [purchase() for _ in range(30)]
    calls = [asyncio.create_task(flowserve.predict(each)) for each in asked]
    await until(lambda: any(call.done() for call in calls), "the first answer")
    stack.api.kill()
    calls += [asyncio.create_task(flowserve.predict(each)) for each in asked]
    await asyncio.to_thread(stack.revive)
    answers = await asyncio.gather(*calls)
    assert {answer.transaction_id for answer in answers} == {each.transaction_id for each in asked}
    assert len({answer.prediction_id for answer in answers}) == len(asked)


async def test_a_202_is_followed_to_its_outcome_and_pending_is_told_where_there_is_none_yet(
    stack: RunningStack, flowserve: AsyncClient
) -> None:
    stack.leave_down(stack.scorer)
    stack.scorer.kill()
    asked = purchase()
    try:
        with pytest.raises(Pending) as pending:
            await flowserve.predict(asked, timeout=3)
        waiting = asyncio.create_task(flowserve.outcome(pending.value.request_id))
    finally:
        stack.want(stack.scorer)
    assert (await waiting).transaction_id == asked.transaction_id


async def test_without_kafka_it_is_unavailable_in_time_and_waits_for_kafka_to_come_back(
    stack: RunningStack, flowserve: AsyncClient
) -> None:
    await asyncio.to_thread(stack.kafka.kill)
    try:
        with pytest.raises(Unavailable) as raised:
            await flowserve.predict(purchase(), timeout=4)
        assert raised.value.retry_after
        waiting = asyncio.create_task(flowserve.predict(purchase()))
    finally:
        await asyncio.to_thread(stack.kafka.start)
    stack.revive()
    assert (await waiting).decision in ("approve", "review", "decline")


async def test_what_is_written_to_kafka_lands_on_the_right_partition_and_is_decided(
    stack: RunningStack, flowserve: AsyncClient
) -> None:
    asked = [purchase(customer_id=name) for name in ("c-42", "c-43", "kund-é-日本")]
    async with Producer(stack.kafka.bootstrap) as producer:
        sent = [await producer.send(each) for each in asked]
        await producer.report(asked[0], is_fraud=False)
    assert [each.partition for each in sent] == [0, 5, 2]
    for each, record in zip(asked, sent, strict=True):
        assert (await flowserve.outcome(record.request_id)).transaction_id == each.transaction_id
