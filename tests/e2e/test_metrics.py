"""Scorer and sink with a port for their metrics: what a Prometheus finds on all three processes."""

import asyncio
import subprocess
from pathlib import Path

import httpx
import pytest

from local_stack.parts import port_memory
from schemas.metrics import METRICS
from tests.support import requests
from tests.support.exposition import samples, undeclared, value
from tests.support.listening import listening
from tests.support.stack import RunningStack
from tests.support.waiting import until

PROMTOOL = Path(".cache/prometheus/bin/promtool")
CARD = "4012888888881881"


@pytest.fixture(scope="module")
def settings(metrics_ports: dict[str, str]) -> dict[str, str]:
    return metrics_ports


@pytest.fixture
def places(folder: Path, stack: RunningStack) -> dict[str, str]:
    """Where each process shows its metrics."""
    ports = port_memory(folder)
    urls = {name: f"http://127.0.0.1:{ports.get(name)}/metrics" for name in ("scorer", "sink")}
    return {"api": f"{stack.url}/metrics", **urls}


def check_metrics(text: str) -> None:
    """Prometheus' own opinion."""
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_every_process_shows_declared_metrics_only_and_on_the_loopback(
    places: dict[str, str], stack: RunningStack, client: httpx.AsyncClient
) -> None:
    shown: set[str] = set()
    for process in (stack.api, stack.scorer, stack.sink):
        url = httpx.URL(places[process.name.partition("-")[0]])
        assert listening(process.pid or 0) == {("127.0.0.1", url.port)}
        text = (await client.get(url)).text
        assert undeclared(text) == set()
        shown |= {sample.name for sample in samples(text)}
        await asyncio.to_thread(check_metrics, text)
    histograms = {name for name, metric in METRICS.items() if metric.kind == "histogram"}
    assert METRICS.keys() - histograms - shown <= {
        # Shown once they are known.
        "flowserve_scorer_snapshot_age_seconds",
        "flowserve_scorer_drift_psi",
        "flowserve_scorer_drift_rows",
    }


async def test_what_happens_is_counted_where_it_happens(
    places: dict[str, str], client: httpx.AsyncClient
) -> None:
    async def counted(process: str, name: str, **labels: str) -> float:
        return await value(client, places[process], name, **labels)

    scored = await counted("scorer", "flowserve_scorer_scored_total")
    rejected = await counted("scorer", "flowserve_scorer_rejected_total", code="unsupported_currency")
    letters = await counted("scorer", "flowserve_scorer_dead_letters_total")
    rows = await counted("sink", "flowserve_sink_rows_total", table="predictions")
    body = requests.body()
    assert (await client.post("/api/v1/predict", json=body)).status_code == 200
    assert (await client.post("/api/v1/predict", json=body)).headers["Idempotent-Replayed"] == "true"
    assert (await client.post("/api/v1/predict", json=requests.body(currency="XXX"))).status_code == 422
    assert (await client.post("/api/v1/predict", json=requests.body(customer_id=CARD))).status_code == 422

    assert await counted("scorer", "flowserve_scorer_scored_total") == scored + 1
    assert await counted("scorer", "flowserve_scorer_duplicates_total") >= 1
    assert (
        await counted("scorer", "flowserve_scorer_rejected_total", code="unsupported_currency")
        == rejected + 1
    )
    assert await counted("scorer", "flowserve_scorer_dead_letters_total") == letters + 1
    assert await counted("scorer", "flowserve_scorer_replies_total", reply="sent") >= 3
    assert await counted("scorer", "flowserve_scorer_partitions") == 12
    assert await counted("scorer", "flowserve_scorer_model_info") == 1
    assert await counted("scorer", "flowserve_scorer_batch_seconds_count") >= 3
    decisions = await counted("scorer", "flowserve_scorer_decisions_total")
    assert decisions == await counted("scorer", "flowserve_scorer_scored_total")
    for outcome in ("scored", "duplicate", "rejected"):
        assert await counted("api", "flowserve_api_outcomes_total", outcome=outcome) >= 1
    assert await counted("api", "flowserve_api_problems_total", code="card_number") == 1
    assert await counted("api", "flowserve_api_answer_seconds_count") >= 4
    assert await counted("api", "flowserve_api_part_ok", part="kafka_producer") == 1

    async def stored() -> bool:
        done = await counted("sink", "flowserve_sink_rows_total", table="predictions") >= rows + 3
        return done and await counted("sink", "flowserve_sink_lag_records") == 0

    await until(stored, "the rows are counted and nothing waits")


async def test_lag_is_seen_while_a_part_is_down(
    places: dict[str, str], stack: RunningStack, client: httpx.AsyncClient
) -> None:
    stack.leave_down(stack.scorer)
    stack.scorer.kill()
    await client.post("/api/v1/predict", json=requests.body(), headers={"Prefer": "respond-async"})

    async def behind() -> bool:
        records = await value(client, places["api"], "flowserve_api_lag_records")
        return records >= 1 and await value(client, places["api"], "flowserve_api_lag_seconds") > 1

    await until(behind, "the API sees the lag of the scorer")
    stack.want(stack.scorer)

    async def caught_up() -> bool:
        return await value(client, places["api"], "flowserve_api_lag_records") == 0

    await until(caught_up, "the lag is gone")
