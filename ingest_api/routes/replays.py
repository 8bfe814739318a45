"""GET /api/v1/replays: the client's replays, and how far they are. Their rows are at /api/v1/logs?run_id=."""

from typing import Annotated

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from ingest_api.answers import json_answer
from ingest_api.call import call_of
from ingest_api.docs import COMPARISON_DOCS, REPLAY_DOCS, REPLAYS_DOCS
from ingest_api.filters import ReplaysQuery
from ingest_api.replays import ReplayPage, comparison_of, replay_of
from ingest_api.store import Store


def add_replays(app: FastAPI, store: Store) -> None:
    """Reads the client's own runs only; what is another's answers as if it were not there."""

    @app.get("/api/v1/replays", **REPLAYS_DOCS)
    async def get_replays(request: Request, query: Annotated[ReplaysQuery, Query()]) -> Response:
        """The runs, newest first."""
        rows, cursor = await store.replay_page(call_of(request.scope).client_id, query)
        return json_answer(ReplayPage([replay_of(row) for row in rows], cursor is not None, cursor))

    @app.get("/api/v1/replays/{run_id}", **REPLAY_DOCS)
    async def get_replay(request: Request, run_id: str) -> Response:
        """One run."""
        return json_answer(replay_of(await store.replay(call_of(request.scope).client_id, run_id)))

    @app.get("/api/v1/replays/{run_id}/comparison", **COMPARISON_DOCS)
    async def get_comparison(request: Request, run_id: str) -> Response:
        """How the run decides what was also decided live; `flowserve compare` tells more."""
        rows = await store.comparison(call_of(request.scope).client_id, run_id)
        return json_answer(comparison_of(run_id, rows))
