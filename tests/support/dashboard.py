"""Every question of the dashboard, put to a Prometheus: what Grafana would draw, without Grafana.

`python -m tests.support.dashboard http://127.0.0.1:9090` asks one that runs, while there is traffic.
"""

import asyncio
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

DASHBOARD = Path(__file__).parents[2] / "observability/grafana/dashboards/flowserve.json"
QUIET = frozenset({"Drift", "Rows that drift is told from"})
"""Panels without figures in the first hour of a scorer: drift is told of hours that have ended."""


def questions() -> Iterator[tuple[str, str]]:
    """Title and PromQL expression of every line of every panel."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


async def figures(prometheus: httpx.AsyncClient, expression: str) -> list[float]:
    """What an expression gives now; NaN is no figure. Raises httpx.HTTPStatusError where it is no PromQL."""
    answer = await prometheus.get("/api/v1/query", params={"query": expression})
    values = [float(series["value"][1]) for series in answer.raise_for_status().json()["data"]["result"]]
    return [value for value in values if not math.isnan(value)]


async def unanswered(prometheus: httpx.AsyncClient) -> list[tuple[str, str]]:
    """The questions to which this Prometheus has no figure though it should have one."""
    asked = [question for question in questions() if question[0] not in QUIET]
    return [question for question in asked if not await figures(prometheus, question[1])]


async def main(url: str) -> int:
    """Prints what every question gives; 1 if one gives nothing."""
    async with httpx.AsyncClient(base_url=url) as prometheus:
        for title, expression in questions():
            values = await figures(prometheus, expression)
            print(f"{title}: {' '.join(f'{value:.4g}' for value in values) or 'no data'}   {expression}")
        return 1 if await unanswered(prometheus) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
