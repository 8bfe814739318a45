"""One trace from the caller through every topic to the answer, and to the log lines of the processes."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import httpx
from aiokafka import ConsumerRecord

from schemas.topics import DEAD_LETTERS, PREDICTIONS, REPLIES, REQUESTS
from tests.support import logs, requests
from tests.support.stack import RunningStack
from tests.support.waiting import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
STATE = "vendor=t61rcWkgMzE"


async def everything(stack: RunningStack, topic: str, partitions: int) -> list[ConsumerRecord]:
    found = await logs.read_all(stack.kafka.bootstrap, topic, partitions)
    return [record for records in found.values() for record in records]


async def traced(stack: RunningStack, topic: str, partitions: int) -> Sequence[ConsumerRecord]:
    """The records of a topic that are part of our trace, its state included."""
    wanted = {("traceparent", PARENT.encode()), ("tracestate", STATE.encode())}
    found = await everything(stack, topic, partitions)
    return [record for record in found if wanted <= set(record.headers)]


async def test_a_trace_goes_wherever_its_request_goes(
    stack: RunningStack, client: httpx.AsyncClient, folder: Path
) -> None:
    given = {"traceparent": PARENT, "tracestate": STATE}
    good = await client.post("/api/v1/predict", json=requests.body(), headers=given)
    bad = await client.post("/api/v1/predict", json=requests.body(currency="XXX"), headers=given)
    assert (good.status_code, bad.status_code) == (200, 422)
    assert good.headers["traceparent"] == bad.headers["traceparent"] == PARENT
    expected = ((REQUESTS, 12, 2), (PREDICTIONS, 12, 2), (REPLIES, 16, 2), (DEAD_LETTERS, 12, 1))
    for topic, partitions, count in expected:
        assert len(await traced(stack, topic, partitions)) == count, topic

    async def logged() -> bool:
        text = await asyncio.to_thread((folder / "logs/api.log").read_text)
        lines = [json.loads(line) for line in text.splitlines() if TRACE in line]
        return [line["status"] for line in lines if line["message"] == "call"] == [200, 422]

    await until(logged, "the API has logged both calls under the trace")


async def test_a_request_without_a_trace_gets_one_that_its_records_share(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/api/v1/predict", json=requests.body())
    made = answer.headers["traceparent"].encode()
    found = await everything(stack, PREDICTIONS, 12)
    (outcome,) = [record for record in found if ("traceparent", made) in record.headers]
    assert json.loads(outcome.value)["prediction_id"] == answer.json()["prediction_id"]
    assert "tracestate" not in dict(outcome.headers)
