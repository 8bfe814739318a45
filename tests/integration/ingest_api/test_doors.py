"""The predict routes against a real Kafka: what is answered, and what is published."""

import asyncio

import httpx

from schemas.headers import CORRELATION_ID, first
from schemas.topics import REQUESTS
from tests.integration.ingest_api.conftest import PARTITIONS
from tests.integration.ingest_api.lab import Api, Lab, stored, transaction
from tests.support import logs

PREDICT, BATCH = "/api/v1/predict", "/api/v1/predict/batch"


async def test_an_answer_equals_its_stored_prediction_byte_for_byte(client: httpx.AsyncClient) -> None:
    answer = await client.post(PREDICT, json=transaction("equal"))
    assert answer.status_code == 200, answer.text
    await stored(client, f"/api/v1/requests/{answer.json()['request_id']}")
    again = await client.get(f"/api/v1/predictions/{answer.json()['prediction_id']}")
    assert again.content == answer.content


async def test_two_hundred_at_once_each_get_their_own(client: httpx.AsyncClient) -> None:
    bodies = [transaction(f"many-{number % 17}", number, amount=number) for number in range(200)]
    patient = {"prefer": "wait=30"}
    answers = await asyncio.gather(*[client.post(PREDICT, json=body, headers=patient) for body in bodies])
    assert {answer.status_code for answer in answers} == {200}
    for body, answer in zip(bodies, answers, strict=True):
        got = answer.json()
        assert (got["transaction_id"], got["customer_id"]) == (body["transaction_id"], body["customer_id"])
        assert got["features"]["amount"] == body["amount"] / 100


async def test_a_repeat_gets_the_first_answer_and_a_conflict_is_refused(client: httpx.AsyncClient) -> None:
    body = transaction("repeat")
    first_answer = await client.post(PREDICT, json=body)
    repeat = await client.post(PREDICT, json=body)
    assert repeat.content == first_answer.content
    assert repeat.headers["idempotent-replayed"] == "true"
    conflict = await client.post(PREDICT, json=body | {"amount": 1})
    assert (conflict.status_code, conflict.json()["code"]) == (422, "idempotency_conflict")
    assert conflict.headers["content-type"] == "application/problem+json"


async def test_every_outcome_can_be_fetched_by_its_request_id(client: httpx.AsyncClient) -> None:
    body = transaction("outcomes")
    asynchronous = {"prefer": "respond-async"}
    for changes, status in (({}, "scored"), ({}, "duplicate"), ({"amount": 7}, "rejected")):
        accepted = await client.post(PREDICT, json=body | changes, headers=asynchronous)
        assert accepted.status_code == 202
        outcome = (await stored(client, accepted.headers["location"], (status,))).json()
        if status == "rejected":
            assert outcome["problem"]["code"] == "idempotency_conflict"
        else:
            assert outcome["prediction"]["transaction_id"] == "tx-1"
    first_request = outcome["request_id"]
    assert first_request == accepted.json()["request_id"]


async def test_a_batch_is_decided_item_by_item(client: httpx.AsyncClient) -> None:
    items = [
        transaction("batch", 1),
        transaction("batch", 2, amount=-1),
        transaction("batch", 1),
        transaction("batch", 3, currency="ZZZ"),
        transaction("batch-2", 4, amount=500_000),
    ]
    items[2] = items[0]
    results = (await client.post(BATCH, json={"transactions": items})).json()["results"]
    assert [item["status"] for item in results] == [200, 422, 200, 422, 200]
    assert results[0]["prediction"] == results[2]["prediction"]
    assert results[4]["prediction"]["decision"] == "decline"


async def test_a_bad_request_leaves_no_record(client: httpx.AsyncClient, lab: Lab) -> None:
    before = await logs.total(lab.kafka.bootstrap, REQUESTS, PARTITIONS)
    for body in ({}, transaction("4111111111111111"), transaction("bad", amount="1"), [1]):
        assert (await client.post(PREDICT, json=body)).status_code in {400, 422}
    assert await logs.total(lab.kafka.bootstrap, REQUESTS, PARTITIONS) == before


async def test_a_record_carries_the_caller_s_client_and_its_own_wait(
    client: httpx.AsyncClient, lab: Lab
) -> None:
    await client.post(PREDICT, json=transaction("record"))
    records = await logs.read_all(lab.kafka.bootstrap, REQUESTS, PARTITIONS)
    (record,) = [each for part in records.values() for each in part if each.key == b"record"]
    assert first(record.headers, "client_id") == b"default"
    assert len(first(record.headers, CORRELATION_ID) or b"") == 32


async def test_a_202_is_followed_to_its_outcome_in_one_call(lab: Lab, api: Api) -> None:
    key = await lab.key("predict", "read")
    patient = {"prefer": "wait=30"}
    async with api.client(key) as client:
        await api.ready("ready", "degraded")
        body = transaction("followed")
        asynchronous = {"prefer": "respond-async"}
        place = (await client.post(PREDICT, json=body, headers=asynchronous)).headers["location"]
        early = await client.get(place, headers={"prefer": "wait=1"})
        assert (early.status_code, early.json()["code"]) == (404, "not_stored_yet")
        waiting = [asyncio.create_task(client.get(place, headers=patient)) for _ in range(20)]
        stranger = {"authorization": f"Bearer {await lab.key('read', client='stranger')}", "prefer": "wait=1"}
        assert (await client.get(place, headers=stranger)).json()["code"] == "not_stored_yet"
        assert not any(each.done() for each in waiting)
        async with lab.scorer():
            outcomes = [await each for each in waiting]
    assert {outcome.status_code for outcome in outcomes} == {200}
    assert {outcome.json()["prediction"]["transaction_id"] for outcome in outcomes} == {"tx-1"}
    assert {outcome.headers["preference-applied"] for outcome in outcomes} == {"wait=30"}
