"""What a caller gets: the answer that is on the log and in the table, its own, and once."""

import asyncio

import httpx

from tests.support import requests
from tests.support.stack import RunningStack
from tests.support.waiting import until


async def test_the_answer_equals_its_row_byte_for_byte(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/predict", json=requests.body())
    assert answer.status_code == 200
    stored = await requests.row(client, answer.json()["prediction_id"])
    assert stored.content == answer.content
    query = {"transaction_id": answer.json()["transaction_id"]}

    async def logged() -> bool:
        entries = (await client.get("/api/v1/logs", params=query)).json()["data"]
        return [entry["prediction"] for entry in entries] == [answer.json()]

    # Request and prediction come from two topics, so either row may be there first.
    await until(logged, "the request and its prediction in the log")


async def test_two_hundred_callers_at_once_each_get_their_own_answer(client: httpx.AsyncClient) -> None:
    bodies = [requests.body(amount=place) for place in range(200)]
    answers = await asyncio.gather(*(requests.scored(client, body) for body in bodies))
    for body, answer in zip(bodies, answers, strict=True):
        assert answer["transaction_id"] == body["transaction_id"]
        assert answer["customer_id"] == body["customer_id"]
        assert answer["features"]["amount"] == body["amount"] / 100


async def test_the_same_transaction_twice_is_one_row_and_the_same_answer(client: httpx.AsyncClient) -> None:
    body = requests.body()
    first = await client.post("/api/v1/predict", json=body)
    second = await client.post("/api/v1/predict", json=body)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.content == first.content
    assert second.headers["Idempotent-Replayed"] == "true"
    query = {"transaction_id": body["transaction_id"]}

    async def both_decided() -> bool:
        everything = await client.get("/api/v1/logs", params=query | {"include_duplicates": "true"})
        return sorted(entry["outcome"] for entry in everything.json()["data"]) == ["duplicate", "scored"]

    await until(both_decided, "both requests and their outcomes are stored")
    logged = await client.get("/api/v1/logs", params=query)
    assert [entry["outcome"] for entry in logged.json()["data"]] == ["scored"]


async def test_the_same_id_with_another_body_is_a_conflict_and_changes_nothing(
    client: httpx.AsyncClient,
) -> None:
    body = requests.body()
    first = await client.post("/api/v1/predict", json=body)
    conflict = await client.post("/api/v1/predict", json={**body, "amount": 1})
    assert conflict.status_code == 422
    assert conflict.json()["code"] == "idempotency_conflict"
    assert (await client.post("/api/v1/predict", json=body)).content == first.content


async def test_a_request_that_is_not_waited_for_is_found_where_the_answer_said(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/api/v1/predict", json=requests.body(), headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "respond-async"
    location = answer.headers["Location"]

    async def decided() -> bool:
        found = await client.get(location)
        return found.status_code == 200 and found.json()["status"] == "scored"

    await until(decided, "the outcome at Location")


async def test_a_batch_answers_each_item_and_one_bad_item_refuses_no_other(client: httpx.AsyncClient) -> None:
    good, bad = requests.body(), requests.body(amount=-1)
    answer = await client.post("/api/v1/predict/batch", json={"transactions": [good, bad, good]})
    assert answer.status_code == 200
    first, second, third = answer.json()["results"]
    assert first["status"] == 200
    assert first["prediction"]["transaction_id"] == good["transaction_id"]
    assert second["problem"]["code"] == "invalid_field"
    assert third["prediction"]["prediction_id"] == first["prediction"]["prediction_id"]


async def test_the_outcomes_always_add_up_to_what_was_accepted(client: httpx.AsyncClient) -> None:
    await asyncio.gather(*(requests.scored(client, requests.body()) for _ in range(20)))
    counts = (await client.get("/api/v1/metrics", params={"window": "24h"})).json()["requests"]
    parts = sum(counts[name] for name in ("scored", "duplicate", "rejected", "pending"))
    assert counts["accepted"] == parts >= 20


async def test_a_client_sees_only_its_own(stack: RunningStack, client: httpx.AsyncClient) -> None:
    mine = await requests.scored(client, requests.body())
    await requests.row(client, mine["prediction_id"])
    other_key = stack.keys("create", "--client", "other", "--name", "tests").split()[-1]
    async with stack.client(other_key) as other:
        foreign = await other.get(f"/api/v1/predictions/{mine['prediction_id']}")
        unknown = await other.get("/api/v1/predictions/00000000-0000-5000-8000-000000000000")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json()["code"] == unknown.json()["code"]
        assert (await other.get("/api/v1/logs")).json()["data"] == []
        assert (await other.get("/api/v1/metrics")).json()["requests"]["accepted"] == 0
        # The same transaction id belongs to each client separately.
        theirs = await requests.scored(other, {**requests.body(), "transaction_id": mine["transaction_id"]})
        assert theirs["prediction_id"] != mine["prediction_id"]
