"""What is stored, one at a time: the outcome of a request, a prediction, the model that scores."""

from functools import partial
from uuid import UUID

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import Response

from ingest_api.answers import json_answer, json_bytes
from ingest_api.call import call_of, header
from ingest_api.docs import MODEL_DOCS, PREDICTION_DOCS, REQUEST_DOCS, TRACE_DOCS
from ingest_api.drift import MOST_ROWS, Drift, DriftBook
from ingest_api.followers import Followers
from ingest_api.model_card import ModelCard, ModelCards
from ingest_api.prefer_header import Preference, parse_prefer
from ingest_api.rows import request_state
from ingest_api.settings import ApiSettings
from ingest_api.store import Store
from ingest_api.summary import ModelShare, counts
from ingest_api.trace import trace_of
from schemas.outcomes import prediction_decoder
from schemas.problems import Refusal


class RunningModel(msgspec.Struct, frozen=True):
    """The model that scored last, its features in order, and of the last hour: scored by version, drift.

    `card` is null where the API has no manifest of that version.
    """

    name: str
    version: str
    features: list[str]
    last_decided_at: str
    scored: int
    versions: list[ModelShare]
    drift: Drift
    card: ModelCard | None


def add_stored(
    app: FastAPI,
    store: Store,
    followers: Followers,
    cards: ModelCards,
    drift: DriftBook,
    settings: ApiSettings,
) -> None:
    """All of a client's own; what is another's answers as if it were not there."""

    @app.get("/api/v1/requests/{request_id}", **REQUEST_DOCS)
    async def get_request(request: Request, request_id: str) -> Response:
        """The outcome of one request, or that it is still pending; `Prefer: wait=n` waits for it."""
        number, client_id = _uuid(request_id), call_of(request.scope).client_id
        preference = parse_prefer(header(request.scope, b"prefer"), 0, settings.max_wait_seconds)
        row = await store.request(client_id, number)
        if preference.wait and (row is None or row["status"] is None):
            row = await followers.outcome((client_id, number), preference.wait) or await store.request(
                client_id, number
            )
        if row is None:
            raise _not_stored()
        return json_answer(request_state(str(number), row), headers=_applied(preference))

    @app.get("/api/v1/requests/{request_id}/trace", **TRACE_DOCS)
    async def get_trace(request: Request, request_id: str) -> Response:
        """The way of one request: its stops with the times that were written down."""
        row = await store.trace(call_of(request.scope).client_id, _uuid(request_id))
        if row is None:
            raise _not_stored()
        return json_answer(trace_of(row))

    @app.get("/api/v1/predictions/{prediction_id}", **PREDICTION_DOCS)
    async def get_prediction(request: Request, prediction_id: str) -> Response:
        """One prediction, exactly as it was answered."""
        body = await store.prediction(call_of(request.scope).client_id, _uuid(prediction_id))
        if body is None:
            raise _not_stored()
        return json_bytes(body)

    @app.get("/api/v1/model", **MODEL_DOCS)
    async def get_model(request: Request) -> Response:
        """The model that really scores this client's transactions."""
        return json_answer(await _running_model(call_of(request.scope).client_id, store, drift, cards))


async def _running_model(client_id: str, store: Store, drift: DriftBook, cards: ModelCards) -> RunningModel:
    row = await store.model(client_id)
    if row is None:
        raise Refusal("not_stored_yet", "Nothing has been scored for this client yet.")
    newest = prediction_decoder.decode(row["body"])
    version, versions = newest.model.version, counts(row["versions"])
    load = partial(store.newest_scored, client_id, version, MOST_ROWS)
    return RunningModel(
        newest.model.name,
        version,
        list(newest.features),
        row["decided_at"].isoformat().replace("+00:00", "Z"),
        versions.get(version, 0),
        [ModelShare(each, scored) for each, scored in sorted(versions.items())],
        await drift.of(client_id, version, load),
        cards.card(version),
    )


def _applied(preference: Preference) -> dict[str, str]:
    # There is always an answer here, so `respond-async` asks for nothing.
    return {"Preference-Applied": preference.applied} if preference.wait else {}


def _uuid(text: str) -> UUID:
    try:
        if len(text) != 36:
            raise ValueError("not the usual form")
        return UUID(text)
    except ValueError:
        raise Refusal("not_found", "An id here is a UUID as this service gives it.") from None


def _not_stored() -> Refusal:
    return Refusal("not_stored_yet", "If it was accepted a moment ago, it will be here shortly.")
