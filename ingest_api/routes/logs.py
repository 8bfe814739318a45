"""GET /api/v1/logs and /api/v1/metrics: what was asked and answered, row by row and in sum."""

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from ingest_api.accept_header import wants_ndjson
from ingest_api.answers import json_answer
from ingest_api.call import call_of, header
from ingest_api.docs import LOGS_DOCS, METRICS_DOCS
from ingest_api.exports import Export, ExportSlots
from ingest_api.filters import LogQuery, MetricsQuery
from ingest_api.lag import Lag
from ingest_api.rows import LogPage, log_entry
from ingest_api.store import Store
from ingest_api.summary import parse_window, summary


def add_logs(app: FastAPI, store: Store, slots: ExportSlots, lag: Callable[[], Lag | None]) -> None:
    """Reads the client's own rows only."""

    @app.get("/api/v1/logs", **LOGS_DOCS)
    async def logs(request: Request, query: Annotated[LogQuery, Query()]) -> Response:
        """Requests and their outcomes, newest first; as NDJSON all of them in one stream."""
        client_id = call_of(request.scope).client_id
        if wants_ndjson(header(request.scope, b"accept")):
            return Export(slots, store.log_pages(client_id, query))
        rows, cursor = await store.log_page(client_id, query)
        return json_answer(LogPage([log_entry(row) for row in rows], cursor is not None, cursor))

    @app.get("/api/v1/metrics", **METRICS_DOCS)
    async def metrics(request: Request, query: Annotated[MetricsQuery, Query()]) -> Response:
        """Counts that always add up, decisions, answer times and the scorer's lag."""
        window = parse_window(query.window)
        row = await store.metrics(call_of(request.scope).client_id, window)
        return json_answer(summary(row, window, lag()))
