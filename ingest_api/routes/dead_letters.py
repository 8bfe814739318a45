"""GET /api/v1/dlq: the client's refused requests and why, for those who keep its producers in order."""

from typing import Annotated

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from ingest_api.answers import json_answer
from ingest_api.call import call_of
from ingest_api.dead_letters import DeadLetterPage, DeadLettersQuery, dead_letter
from ingest_api.docs import DEAD_LETTERS_DOCS
from ingest_api.store import Store


def add_dead_letters(app: FastAPI, store: Store) -> None:
    """Reads the client's own letters only."""

    @app.get("/api/v1/dlq", **DEAD_LETTERS_DOCS)
    async def get_dead_letters(request: Request, query: Annotated[DeadLettersQuery, Query()]) -> Response:
        """Refused requests, newest first; never what they hold."""
        rows, cursor = await store.dead_letter_page(call_of(request.scope).client_id, query)
        return json_answer(DeadLetterPage([dead_letter(row) for row in rows], cursor is not None, cursor))
