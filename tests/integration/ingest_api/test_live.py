"""Figures through time, the event stream and the trace, on real rows; nobody sees another client's."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.integration.ingest_api.lab import Api, Lab, stored, transaction
from tests.support.waiting import until

PREDICT, STREAM, SERIES = "/api/v1/predict", "/api/v1/stream", "/api/v1/metrics/series"
DECLINED = 250_000

Event = tuple[str, dict[str, Any]]


class Listener:
    """Keeps what a stream sends."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def listen(self, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", STREAM) as answer:
            name = ""
            async for line in answer.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    self.events.append((name, json.loads(value)))

    def all(self, name: str) -> list[dict[str, Any]]:
        return [data for each, data in self.events if each == name]

    def flagged(self) -> list[str]:
        entries = [entry for data in self.all("flagged") for entry in data["entries"]]
        return [entry["request"]["transaction_id"] for entry in entries]


@asynccontextmanager
async def listening(client: httpx.AsyncClient) -> AsyncIterator[Listener]:
    listener = Listener()
    task = asyncio.create_task(listener.listen(client))
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def sent(client: httpx.AsyncClient, number: int, **changes: object) -> dict[str, Any]:
    answer = await client.post(PREDICT, json=transaction("streamed", number, **changes))
    prediction: dict[str, Any] = answer.raise_for_status().json()
    await stored(client, f"/api/v1/requests/{prediction['request_id']}")
    return prediction


async def test_the_stream_tells_the_past_of_a_day_and_then_each_flagged_transaction_once(
    client: httpx.AsyncClient,
) -> None:
    await sent(client, 1, amount=DECLINED)
    async with listening(client) as first:
        await until(lambda: "tx-1" in first.flagged(), "the stream tells of the past")
        await sent(client, 2, amount=DECLINED)
        await sent(client, 3)
        await until(lambda: "tx-2" in first.flagged(), "the stream tells of what comes")
        looks = len(first.all("figures"))
        await until(lambda: len(first.all("figures")) >= looks + 2, "two more looks")
        assert first.flagged().count("tx-1") == first.flagged().count("tx-2") == 1
        assert "tx-3" not in first.flagged()
        state = first.all("state")[-1]
        assert set(state["health"]["parts"]) >= {"kafka_producer", "database", "scorer_lag"}
        assert state["scorer"]["records"] >= 0


async def test_no_client_hears_of_another(lab: Lab, api: Api, client: httpx.AsyncClient) -> None:
    await sent(client, 4, amount=DECLINED)
    async with api.client(await lab.key("read", client="other")) as other, listening(other) as listener:
        await until(lambda: len(listener.all("figures")) >= 2, "two looks")
        assert listener.flagged() == []
        assert all(figures["points"] == [] for figures in listener.all("figures"))
        request_id = (await client.get("/api/v1/logs")).json()["data"][0]["request"]["request_id"]
        assert (await other.get(f"/api/v1/requests/{request_id}/trace")).status_code == 404


async def test_the_steps_of_a_window_add_up_to_its_metrics(client: httpx.AsyncClient) -> None:
    await sent(client, 5)
    series = (await client.get(SERIES, params={"window": "10m"})).json()
    decisions = (await client.get("/api/v1/metrics", params={"window": "10m"})).json()["decisions"]
    assert {name: sum(point[name] for point in series["points"]) for name in decisions} == decisions
    assert series["step_seconds"] == 2
    assert series["latency_ms"]["p50"] > 0
    assert [point["at"] for point in series["points"]] == sorted(point["at"] for point in series["points"])


async def test_a_long_window_has_longer_steps_and_no_more_points_than_a_picture_needs(
    client: httpx.AsyncClient,
) -> None:
    await sent(client, 6)
    for window, step in (("60s", 1), ("1h", 15), ("1d", 300), ("60d", 21_600)):
        series = (await client.get(SERIES, params={"window": window})).json()
        assert series["step_seconds"] == step
        assert 1 <= len(series["points"]) <= 301
    assert (await client.get(SERIES, params={"window": "soon"})).status_code == 422


async def test_the_trace_names_the_place_and_the_times_of_a_request(client: httpx.AsyncClient) -> None:
    prediction = await sent(client, 7)
    trace = (await client.get(f"/api/v1/requests/{prediction['request_id']}/trace")).json()
    assert trace["entry"]["prediction"] == prediction
    assert trace["place"]["offset"] >= 0
    stops = {stop["name"]: stop for stop in trace["stops"]}
    assert list(stops) == ["asked", "on_log", "decided", "reply", "stored"]
    assert stops["on_log"]["at"] == prediction["received_at"]
    assert stops["stored"]["at"] > stops["on_log"]["at"]


async def test_streams_are_bounded_and_end_when_the_process_stops(lab: Lab) -> None:
    api = lab.api(max_streams=2)
    await api.ready("ready", "degraded")
    async with api.client(await lab.key("read", client="bounded")) as client, listening(client) as listener:
        await until(lambda: bool(listener.events), "the stream begins")
        refused = await client.get(STREAM)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert await asyncio.to_thread(api.stop) == 0


async def test_without_the_database_the_stream_says_so_and_goes_on_when_it_is_back(
    lab: Lab, api: Api
) -> None:
    key = await lab.key("read")
    async with api.client(key) as client:
        await api.ready("ready", "degraded")
        async with listening(client) as listener:
            await until(lambda: bool(listener.all("figures")), "the first look")
            await asyncio.to_thread(lab.postgres.stop_immediate)
            try:
                await until(
                    lambda: any(
                        not each["health"]["parts"]["database"]["ok"] for each in listener.all("state")
                    ),
                    "the stream says that the database is down",
                )
                seen = len(listener.all("figures"))
            finally:
                await asyncio.to_thread(lab.postgres.start)
            await until(lambda: len(listener.all("figures")) > seen, "figures come again")
