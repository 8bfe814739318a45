"""Health and Prometheus: for machines that run the service, without a key."""

from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response

from ingest_api.answers import json_answer
from ingest_api.docs import LIVE_DOCS, PROMETHEUS_DOCS, READY_DOCS
from ingest_api.health import Health
from schemas.counters import CONTENT_TYPE, Counters


def add_operations(app: FastAPI, health: Health, counters: Counters) -> None:
    """Nothing here asks another system: each part reports what it knows."""

    @app.get("/health/live", **LIVE_DOCS)
    async def live() -> Response:
        """200 while the process can answer at all."""
        return json_answer({"status": "live"})

    @app.get("/health/ready", **READY_DOCS)
    async def ready() -> Response:
        """200 while predictions can be answered; names each part and what ails it."""
        readiness = health.readiness()
        return json_answer(readiness, 503 if readiness.status == "not_ready" else 200)

    @app.get("/metrics", **PROMETHEUS_DOCS)
    async def prometheus() -> Response:
        """This process's counters and gauges in Prometheus' text format."""
        return PlainTextResponse(counters.text(), media_type=CONTENT_TYPE)
