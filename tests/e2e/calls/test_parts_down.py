"""Each part taken away under a caller who follows the contract: nothing is lost, everything comes back."""

import asyncio
import time
from collections.abc import Callable

import httpx

from local_stack.process import Process
from tests.support import requests
from tests.support.stack import RunningStack
from tests.support.waiting import until


async def test_without_a_scorer_the_caller_gets_202_and_the_answer_later(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    stack.leave_down(stack.scorer)
    stack.scorer.kill()
    answer = await client.post("/api/v1/predict", json=requests.body(), headers={"Prefer": "wait=1"})
    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    location = answer.headers["Location"]

    async def status() -> str:
        found = await client.get(location)
        return str(found.json().get("status"))

    async def pending() -> bool:
        return await status() == "pending"

    await until(pending, "the request is visible as pending")
    stack.want(stack.scorer)

    async def decided() -> bool:
        return await status() == "scored"

    await until(decided, "the answer after the scorer came back")


async def test_without_a_sink_decisions_go_on_and_the_rows_catch_up(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    stack.leave_down(stack.sink)
    stack.sink.kill()
    answers = [await requests.scored(client, requests.body()) for _ in range(20)]
    missing = await client.get(f"/api/v1/predictions/{answers[-1]['prediction_id']}")
    assert missing.status_code == 404
    assert missing.json()["retryable"] is True
    stack.want(stack.sink)
    for answer in answers:
        assert (await requests.row(client, answer["prediction_id"])).json() == answer


async def test_without_postgresql_decisions_go_on_and_the_logs_say_503(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    await asyncio.to_thread(stack.postgres.stop_immediate)
    try:
        answer = await client.post("/api/v1/predict", json=requests.body())
        assert answer.status_code == 200
        logs = await client.get("/api/v1/logs")
        assert logs.status_code == 503
        assert logs.json()["code"] == "store_unavailable"
        assert "Retry-After" in logs.headers
        assert (await client.get("/health/ready")).status_code == 200
    finally:
        await asyncio.to_thread(stack.postgres.start)
    stack.revive()
    assert (await requests.row(client, answer.json()["prediction_id"], 60)).content == answer.content


async def test_without_kafka_callers_get_503_quickly_and_all_recovers_by_itself(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    await asyncio.to_thread(stack.kafka.kill)
    try:
        for _ in range(3):
            began = time.monotonic()
            answer = await client.post("/api/v1/predict", json=requests.body())
            assert answer.status_code == 503
            assert time.monotonic() - began < 2
            assert "Retry-After" in answer.headers
    finally:
        await asyncio.to_thread(stack.kafka.start)
    await stack.ready()

    async def scored() -> bool:
        stack.revive()
        answer = await client.post("/api/v1/predict", json=requests.body())
        return answer.status_code == 200

    await until(scored, "predictions are answered again", 180, every=0.5)


async def test_sigterm_to_any_process_under_load_loses_nothing(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    bodies = [requests.body() for _ in range(600)]
    answers = []

    async def caller(mine: list[dict[str, object]]) -> None:
        for body in mine:
            answers.append(await requests.scored(client, body, 120))

    callers = [asyncio.create_task(caller(bodies[place::12])) for place in range(12)]
    for process in (stack.scorer, stack.sink, stack.api):
        enough = len(answers) + 60
        await until(_reached(answers, enough), f"{enough} answers")
        await _restart(stack, process)
    await asyncio.gather(*callers)
    assert {answer["transaction_id"] for answer in answers} == {body["transaction_id"] for body in bodies}
    for answer in answers:
        assert (await requests.row(client, answer["prediction_id"])).json() == answer


def _reached(answers: list[dict[str, object]], enough: int) -> Callable[[], bool]:
    return lambda: len(answers) >= enough


async def _restart(stack: RunningStack, process: Process) -> None:
    stack.leave_down(process)
    began = time.monotonic()
    await asyncio.to_thread(process.stop, 40)
    assert process.exit_code == 0, process.log_tail(5)
    assert time.monotonic() - began < 25
    stack.want(process)
