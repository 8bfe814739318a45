"""A real Prometheus over a running stack: it finds each process, the dashboard has figures, alerts come."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml

from local_stack.parts import port_memory
from tests.support import requests
from tests.support.dashboard import unanswered
from tests.support.prometheus import COMMITTED, Prometheus, alerts, health
from tests.support.stack import RunningStack
from tests.support.waiting import until


@pytest.fixture(scope="module")
def settings(metrics_ports: dict[str, str]) -> dict[str, str]:
    # A snapshot's age is a figure once there is one.
    return metrics_ports | {"FLOWSERVE_SNAPSHOT_SECONDS": "1"}


@pytest.fixture
async def prometheus(folder: Path, tmp_path: Path, stack: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    ports = port_memory(folder)
    targets = {f"flowserve-{name}": f"127.0.0.1:{ports.get(name)}" for name in ("api", "scorer", "sink")}
    server = Prometheus(tmp_path, ports.get("prometheus"), targets)
    server.process.start()
    try:
        async with server.client() as client:
            yield client
    finally:
        server.process.kill()


async def test_every_panel_has_figures_under_traffic_and_a_lost_scorer_is_an_alert(
    prometheus: httpx.AsyncClient, stack: RunningStack, client: httpx.AsyncClient
) -> None:
    async def sees_all() -> bool:
        try:
            return list((await health(prometheus)).values()) == ["up"] * 3
        except httpx.TransportError:
            return False  # it does not listen yet

    await until(sees_all, "Prometheus reads the three processes")
    missing: list[tuple[str, str]] = []

    async def all_answered() -> bool:
        nonlocal missing
        # Something decided, something refused by the API, something that only the scorer refuses.
        assert (await client.post("/api/v1/predict", json=requests.body())).status_code in (200, 202)
        await client.post("/api/v1/predict", json=requests.body(customer_id="4012888888881881"))
        await client.post("/api/v1/predict", json=requests.body(currency="XXX"))
        missing = await unanswered(prometheus)
        return not missing

    try:
        await until(all_answered, "every panel has a figure", every=0.5)
    except AssertionError as late:
        raise AssertionError(f"no figure for {missing}") from late

    groups = yaml.safe_load((COMMITTED / "alerts.yml").read_text())["groups"]
    names = {rule["alert"] for group in groups for rule in group["rules"]}
    found = await alerts(prometheus)
    assert found.keys() == names
    assert found["NoScorer"] == found["ProcessDown"] == "inactive"

    stack.leave_down(stack.scorer)
    stack.scorer.kill()

    async def seen() -> bool:
        now = await alerts(prometheus)
        return now["NoScorer"] == now["ProcessDown"] == "pending"

    await until(seen, "the lost scorer is an alert that waits for its minute")
