"""What OpenAPI says of each route: bodies, examples, and every problem it can answer."""

from typing import Any

from ingest_api import examples
from schemas.problems import CATALOGUE, CONTENT_TYPE

_PROBLEM = {"$ref": "#/components/schemas/Problem"}

# What the gate can answer on any path behind it.
_ANY = (
    "unauthenticated",
    "forbidden",
    "quota_exceeded",
    "header_too_large",
    "internal_error",
    "not_ready",
    "store_unavailable",
)
_BODY = ("malformed", "empty", "too_large", "unsupported_media_type", "request_timeout")
_ASK = ("overloaded", "publish_unknown")
_ITEM = (
    "invalid_field",
    "card_number",
    "time_out_of_range",
    "unsupported_currency",
    "idempotency_conflict",
    "unknown_client",
)


def _problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """One response for each status, with an example for each code."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        kind = CATALOGUE[code]
        response = responses.setdefault(
            kind.status,
            {"description": kind.title, "content": {CONTENT_TYPE: {"schema": _PROBLEM, "examples": {}}}},
        )
        if kind.title not in response["description"]:
            response["description"] += ". Or: " + kind.title
        response["content"][CONTENT_TYPE]["examples"][code] = {"value": examples.problem_example(code)}
    return responses


def _answer(schema: str, example: object, text: str, **headers: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}}
    named = {name: {"description": what, "schema": {"type": "string"}} for name, what in headers.items()}
    return {"description": text, "content": content, "headers": named}


def _body(schema: dict[str, Any], example: object) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"required": True, "content": content}


def _header(name: str, text: str, example: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": text,
        "schema": schema,
        "example": example,
    }


_MOST = "at most 30 unless configured otherwise (RFC 7240)"
_PREFER = _header("Prefer", f"`respond-async`, or `wait=n` in seconds, {_MOST}.", "wait=5")
_FOLLOW = _header("Prefer", f"`wait=n`: wait up to n seconds for the outcome, {_MOST}.", "wait=10")
_REQUEST_ID = _header("X-Request-Id", "Echoed, and named in logs and problems.", "checkout-7f3a")
_TRACE = _header(
    "traceparent",
    "W3C trace context; goes on with the request, with `tracestate`, and comes back. If absent, one is made.",
    examples.TRACEPARENT,
)
_KEY: list[dict[str, list[str]]] = [{"apiKey": []}]

PREDICT_DOCS: dict[str, Any] = {
    "tags": ["predictions"],
    "summary": "Decide on one transaction",
    "responses": {
        200: _answer(
            "Prediction",
            examples.PREDICTION,
            "The decision.",
            **{"Idempotent-Replayed": "`true` where the transaction had been decided before."},
        ),
        202: _answer(
            "Accepted",
            examples.ACCEPTED,
            "Accepted; the decision will be at Location.",
            **{"Location": "Where the outcome will be.", "Retry-After": "Seconds."},
        ),
        **_problems(*_BODY, *_ITEM, *_ANY, *_ASK),
    },
    "openapi_extra": {
        "security": _KEY,
        "parameters": [_PREFER, _REQUEST_ID, _TRACE],
        "requestBody": _body({"$ref": "#/components/schemas/Transaction"}, examples.TRANSACTION),
    },
}

FEEDBACK_DOCS: dict[str, Any] = {
    "tags": ["feedback"],
    "summary": "Report that a transaction was, or was not, fraud",
    "responses": {
        202: _answer("Accepted", examples.REPORT_ACCEPTED, "Kafka has confirmed the report."),
        **_problems(*_BODY, "invalid_field", "card_number", *_ANY, "publish_unknown"),
    },
    "openapi_extra": {
        "security": _KEY,
        "parameters": [_REQUEST_ID, _TRACE],
        "requestBody": _body({"$ref": "#/components/schemas/Feedback"}, examples.REPORT),
    },
}

BATCH_DOCS: dict[str, Any] = {
    "tags": ["predictions"],
    "summary": "Decide on up to 100 transactions",
    "responses": {
        200: _answer("BatchResults", examples.BATCH_RESULTS, "An outcome for each, in order."),
        **_problems(*_BODY, "invalid_field", *_ANY, "overloaded"),
    },
    "openapi_extra": {
        "security": _KEY,
        "parameters": [_PREFER, _REQUEST_ID, _TRACE],
        "requestBody": _body(
            {
                "type": "object",
                "required": ["transactions"],
                "additionalProperties": False,
                "properties": {
                    "transactions": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 100,
                        "items": {"$ref": "#/components/schemas/Transaction"},
                    }
                },
            },
            {"transactions": [examples.TRANSACTION]},
        ),
    },
}


def _read(tag: str, summary: str, schema: str, example: object, *codes: str) -> dict[str, Any]:
    return {
        "tags": [tag],
        "summary": summary,
        "responses": {
            200: _answer(schema, example, summary + "."),
            **_problems(*_ANY, *codes),
        },
        "openapi_extra": {"security": _KEY, "parameters": [_REQUEST_ID]},
    }


REQUEST_DOCS = _read(
    "stored",
    "The outcome of a request",
    "RequestState",
    examples.REQUEST_STATE,
    "not_found",
    "not_stored_yet",
)
REQUEST_DOCS["openapi_extra"]["parameters"] = [_FOLLOW, _REQUEST_ID]
REQUEST_DOCS["responses"][200]["headers"] = {
    "Preference-Applied": {"description": "The wait that was granted.", "schema": {"type": "string"}}
}
TRACE_DOCS = _read(
    "stored", "The way of a request, stop by stop", "Trace", examples.TRACE, "not_found", "not_stored_yet"
)
PREDICTION_DOCS = _read(
    "stored", "A prediction", "Prediction", examples.PREDICTION, "not_found", "not_stored_yet"
)
MODEL_DOCS = _read("stored", "The model that scores", "RunningModel", examples.MODEL, "not_stored_yet")
METRICS_DOCS = _read("stored", "Counts, decisions and times", "Metrics", examples.METRICS, "invalid_field")
SERIES_DOCS = _read("stored", "Counts and times, step by step", "Series", examples.SERIES, "invalid_field")
STREAM_DOCS = _read(
    "stored", "Live figures as server-sent events", "State", examples.STATE, "invalid_field", "overloaded"
)
# OpenAPI has no words for the events of a stream: the example shows them, docs/api.md names their schemas.
STREAM_DOCS["responses"][200]["content"] = {
    "text/event-stream": {"schema": {"type": "string"}, "example": examples.EVENTS}
}
LOGS_DOCS = _read(
    "stored",
    "Requests and their outcomes",
    "LogPage",
    examples.LOG_PAGE,
    "invalid_field",
    "card_number",
    "not_found",
    "bad_cursor",
    "not_acceptable",
    "overloaded",
)
LOGS_DOCS["responses"][200]["content"]["application/x-ndjson"] = {
    "schema": {"$ref": "#/components/schemas/LogEntry"}
}

REPLAYS_DOCS = _read(
    "replays",
    "Replays of history",
    "ReplayPage",
    examples.REPLAY_PAGE,
    "invalid_field",
    "bad_cursor",
)
REPLAY_DOCS = _read("replays", "A replay of history", "Replay", examples.REPLAY, "not_found")
COMPARISON_DOCS = _read("replays", "A replay against live", "Comparison", examples.COMPARISON, "not_found")

DEAD_LETTERS_DOCS = _read(
    "stored",
    "Refused requests",
    "DeadLetterPage",
    examples.DEAD_LETTER_PAGE,
    "invalid_field",
    "card_number",
    "bad_cursor",
)

LIVE_DOCS: dict[str, Any] = {"tags": ["operations"], "summary": "Is the process alive?"}
READY_DOCS: dict[str, Any] = {
    "tags": ["operations"],
    "summary": "Can predictions be answered?",
    "responses": {
        200: _answer("Readiness", examples.READINESS, "Ready, or degraded."),
        503: _answer("Readiness", examples.NOT_READY, "Not ready; the part that ails is named."),
    },
}
PROMETHEUS_DOCS: dict[str, Any] = {
    "tags": ["operations"],
    "summary": "Prometheus metrics of this process",
    "responses": {200: {"description": "Text format 0.0.4.", "content": {"text/plain": {}}}},
}
