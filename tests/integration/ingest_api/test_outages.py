"""Every part of the API's world goes away and comes back; nobody restarts the API."""

import asyncio

import httpx
import pytest

from tests.integration.ingest_api.lab import Api, Lab, stored, timed, transaction
from tests.support.waiting import until

PREDICT = "/api/v1/predict"


async def test_a_silent_scorer_means_a_place_to_look_and_the_answer_is_there_later(
    lab: Lab, api: Api
) -> None:
    key = await lab.key("predict", "read")
    async with api.client(key) as client:
        await api.ready("ready", "degraded")
        late = await client.post(PREDICT, json=transaction("silent"), headers={"prefer": "wait=1"})
        assert late.status_code == 202
        assert (await client.get(late.headers["location"])).json()["code"] == "not_stored_yet"
        async with lab.scorer():
            outcome = await stored(client, late.headers["location"])
    assert outcome.json()["prediction"]["customer_id"] == "silent"


async def test_a_scorer_that_is_far_behind_sheds_and_recovers(lab: Lab) -> None:
    own = lab.api(max_lag_seconds=0.5)
    key = await lab.key("predict", "read")
    async with own.client(key) as client:
        await own.ready("ready", "degraded")
        accepted = await client.post(PREDICT, json=transaction("lags"), headers={"prefer": "wait=0"})
        assert accepted.status_code == 202

        async def sheds() -> bool:
            answer = await client.post(PREDICT, json=transaction("lags", 2), headers={"prefer": "wait=0"})
            return answer.status_code == 503 and answer.json()["code"] == "overloaded"

        await until(sheds, "predictions are shed")
        assert (await own.readiness())["parts"]["scorer_lag"]["ok"] is False
        async with lab.scorer():
            await own.ready()
            assert (await timed(client, transaction("lags", 3)))[1].status_code == 200
    own.kill()


async def test_without_the_database_predictions_go_on_and_stored_things_are_unavailable(
    lab: Lab, api: Api
) -> None:
    key = await lab.key("predict", "read")
    async with lab.scorer(stored=False), api.client(key) as client:
        await api.ready()
        assert (await client.get("/api/v1/logs")).status_code == 200
        lab.postgres.stop()
        try:
            for number in range(5):
                assert (await timed(client, transaction("no-db", number)))[1].status_code == 200
            for path in ("logs", "metrics", "model", "requests/01a20ab4-17ce-799e-bd7d-79e71792017c"):
                refused = await client.get(f"/api/v1/{path}")
                assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
                assert "retry-after" in refused.headers
            await api.ready("degraded")
            assert (await api.readiness())["parts"]["database"]["ok"] is False
        finally:
            lab.postgres.start()
        await api.ready()
        assert (await client.get("/api/v1/logs")).status_code == 200


async def test_started_without_the_database_it_says_so_and_begins_when_it_comes(lab: Lab) -> None:
    key = await lab.key("predict", "read")
    lab.postgres.stop()
    try:
        own = lab.api()
        await own.ready("not_ready")
        assert (await own.readiness())["parts"]["keys"]["ok"] is False
        async with own.client(key) as client:
            _, answer = await timed(client, transaction("early"))
            assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    finally:
        lab.postgres.start()
    async with lab.scorer():
        await own.ready()
    own.kill()


@pytest.mark.parametrize("way", ["stop", "freeze"])
async def test_without_kafka_every_answer_is_503_within_two_seconds_and_it_recovers(
    lab: Lab, way: str
) -> None:
    own = lab.api()
    key = await lab.key("predict", "read")
    async with own.client(key) as client:
        async with lab.scorer():
            await own.ready()
            assert (await timed(client, transaction(f"kafka-{way}")))[1].status_code == 200
        lab.kafka.stop() if way == "stop" else lab.kafka.pause()
        try:
            down_since = asyncio.get_running_loop().time()
            number = 10
            while asyncio.get_running_loop().time() - down_since < 12:
                number += 1
                seconds, answer = await timed(client, transaction(f"kafka-{way}", number))
                assert answer.status_code == 503
                assert seconds < 2
                assert answer.json()["code"] in {"publish_unknown", "not_ready"}
                assert "retry-after" in answer.headers
                await asyncio.sleep(0.2)
            await own.ready("not_ready")
            assert (await client.get("/api/v1/logs")).status_code == 200
        finally:
            lab.kafka.start() if way == "stop" else lab.kafka.resume()
        async with lab.scorer():
            await own.ready(seconds=60)
            _, answer = await timed(client, transaction(f"kafka-{way}", 99))
            assert answer.status_code == 200
    own.kill()


async def test_started_without_kafka_it_begins_when_it_comes(lab: Lab) -> None:
    lab.kafka.stop()
    try:
        own = lab.api()
        key = await lab.key("predict")
        await own.ready("not_ready")
        async with own.client(key) as client:
            seconds, answer = await timed(client, transaction("early"))
            assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
            assert seconds < 2
    finally:
        lab.kafka.start()
    async with lab.scorer():
        await own.ready(seconds=60)
    own.kill()


async def test_at_a_stop_those_who_wait_get_their_place_and_the_exit_is_clean(lab: Lab) -> None:
    own = lab.api(drain_seconds=1)
    key = await lab.key("predict", "read")
    async with own.client(key) as client:
        await own.ready("ready", "degraded")
        patient = {"prefer": "wait=30"}
        waiting = [
            asyncio.create_task(client.post(PREDICT, json=transaction("drain", number), headers=patient))
            for number in range(20)
        ]

        async def all_wait() -> bool:
            async with own.client() as other:
                return "pending_replies 20" in (await other.get("/metrics")).text

        await until(all_wait, "twenty callers wait")
        code = await asyncio.to_thread(own.stop)
        answers: list[httpx.Response] = await asyncio.gather(*waiting)
    assert {answer.status_code for answer in answers} == {202}
    assert code == 0


async def test_at_a_stop_answers_that_come_in_time_are_delivered(lab: Lab) -> None:
    own = lab.api(drain_seconds=10)
    key = await lab.key("predict", "read")
    async with own.client(key) as client:
        await own.ready("ready", "degraded")
        patient = {"prefer": "wait=30"}
        waiting = asyncio.create_task(client.post(PREDICT, json=transaction("in-time"), headers=patient))

        async def waits() -> bool:
            async with own.client() as other:
                return "pending_replies 1" in (await other.get("/metrics")).text

        await until(waits, "one caller waits")
        stopping = asyncio.create_task(asyncio.to_thread(own.stop, 20))
        async with lab.scorer():
            answer = await waiting
            assert await stopping == 0
    assert answer.status_code == 200
