"""GET /api/v1/stream and /api/v1/metrics/series: what the console draws, now and over the last while."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from ingest_api.answers import json_answer
from ingest_api.call import call_of
from ingest_api.docs import SERIES_DOCS, STREAM_DOCS
from ingest_api.filters import MetricsQuery, StreamQuery
from ingest_api.keys import KeyRing
from ingest_api.live.events import EventStream
from ingest_api.live.feeds import Feeds
from ingest_api.live.look import Eye
from ingest_api.series import series, step_of
from ingest_api.store import Store
from ingest_api.summary import parse_window


def add_live(app: FastAPI, feeds: Feeds, eye: Eye, store: Store, keys: KeyRing) -> None:
    """Both read the client's own rows only."""

    @app.get("/api/v1/stream", **STREAM_DOCS)
    async def stream(request: Request, query: Annotated[StreamQuery, Query()]) -> Response:
        """Server-sent events until the reader goes away, at most an hour."""
        key = call_of(request.scope).known_key
        return EventStream(feeds, eye, key.client_id, query.seconds, lambda: keys.holds(key))

    @app.get("/api/v1/metrics/series", **SERIES_DOCS)
    async def metrics_series(request: Request, query: Annotated[MetricsQuery, Query()]) -> Response:
        """Counts and answer times, step by step, for a picture of the window."""
        window = parse_window(query.window)
        step = step_of(window)
        rows = await store.series(call_of(request.scope).client_id, window, step)
        return json_answer(series(rows, window, step, datetime.now(UTC)))
