"""The OpenAPI document: FastAPI's own, with the schemas of our msgspec types and the API key."""

from typing import Any

import msgspec
from fastapi import FastAPI

from ingest_api.dead_letters import DeadLetterPage
from ingest_api.examples import transaction_schema
from ingest_api.health import Readiness
from ingest_api.live.events import Flagged
from ingest_api.live.look import State
from ingest_api.predictions import Accepted, BatchResults
from ingest_api.replays import Comparison, Replay, ReplayPage
from ingest_api.routes.stored import RunningModel
from ingest_api.rows import LogPage, RequestState
from ingest_api.series import Series
from ingest_api.summary import Metrics
from ingest_api.trace import Trace
from schemas.feedback_model import FeedbackModel
from schemas.outcomes import Prediction
from schemas.problems import Problem

DESCRIPTION = """Real-time fraud decisions on card transactions: send a transaction, get a score,
approve / review / decline, and the reasons.

Every error is an RFC 9457 problem with a stable `code`; `retryable` says whether a retry helps. A retry
repeats the whole body with the same `transaction_id` and gets the first answer."""

_TYPES = (
    Prediction,
    Problem,
    Accepted,
    BatchResults,
    RequestState,
    LogPage,
    Metrics,
    Series,
    State,
    Flagged,
    Trace,
    RunningModel,
    Readiness,
    DeadLetterPage,
    Replay,
    ReplayPage,
    Comparison,
)
_PREDICTION = {"anyOf": [{"$ref": "#/components/schemas/Prediction"}, {"type": "null"}]}


def add_openapi(app: FastAPI) -> None:
    """Completes the document on the first request for it."""
    plain = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            components = document.setdefault("components", {})
            components["schemas"] = _schemas()
            _drop_framework_errors(document)
            components["securitySchemes"] = {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "A key `fs_...`."}
            }
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]


def _schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")
    # Stored outcomes pass through as bytes, so msgspec sees no type there; we know it.
    for name in ("RequestState", "LogEntry"):
        schemas[name]["properties"]["prediction"] = _PREDICTION
    schemas["BatchItem"]["properties"]["prediction"] = _PREDICTION["anyOf"][0]
    schemas["BatchItem"]["properties"]["problem"] = {"$ref": "#/components/schemas/Problem"}
    return {**schemas, "Transaction": transaction_schema(), "Feedback": FeedbackModel.model_json_schema()}


def _drop_framework_errors(document: dict[str, Any]) -> None:
    """FastAPI documents its own 422 on routes with parameters; ours never answer in that form."""
    for path in document["paths"].values():
        for operation in path.values():
            refused = operation["responses"].get("422", {}).get("content", {})
            if "application/json" in refused:
                del operation["responses"]["422"]
