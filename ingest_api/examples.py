"""Realistic examples for OpenAPI: one customer, one evening, one suspicious purchase."""

import json
from typing import Any

import msgspec

from schemas.problems import FieldError, problem
from schemas.transaction_model import TransactionModel

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_REQUEST_ID = "019ab0c4-5a80-7c1e-9d52-6f1b2c3d4e5f"
_PREDICTION_ID = "8a0e6f2c-1d3b-5a47-b1f0-2c9d7e4a6b13"
_FIELDS = {
    "invalid_field": FieldError("/amount", "Input should be greater than or equal to 0."),
    "card_number": FieldError("/customer_id", "Send a token in place of the card number."),
    "time_out_of_range": FieldError(
        "/occurred_at",
        "occurred_at must lie between 40 days before and 5 minutes after the time of arrival.",
    ),
}

TRANSACTION: dict[str, Any] = {
    "transaction_id": "tx-1",
    "customer_id": "c-42",
    "terminal_id": "t-7",
    "amount": 1250,
    "currency": "EUR",
    "occurred_at": "2026-11-23T12:00:00Z",
}
PREDICTION: dict[str, Any] = {
    "status": "scored",
    "prediction_id": _PREDICTION_ID,
    "request_id": _REQUEST_ID,
    "transaction_id": "tx-1",
    "customer_id": "c-42",
    "terminal_id": "t-7",
    "decision": "approve",
    "score": 0.0132,
    "reasons": [],
    "features": {"amount": 12.5, "weekend": 0.0, "night": 0.0, "customer_count_1d": 2.0},
    "model": {"name": "flowserve-fraud", "version": "1.0.0"},
    "source": "rest",
    "occurred_at": "2026-11-23T12:00:00Z",
    "received_at": "2026-11-23T12:00:00.412000Z",
    "decided_at": "2026-11-23T12:00:00.417000Z",
    "late": False,
}
REPORT: dict[str, Any] = {"transaction_id": "tx-1", "customer_id": "c-42", "is_fraud": True}
REPORT_ACCEPTED: dict[str, Any] = {"request_id": _REQUEST_ID, "status": "accepted"}
ACCEPTED: dict[str, Any] = {"request_id": _REQUEST_ID, "status": "pending"}
REQUEST_STATE: dict[str, Any] = {
    "request_id": _REQUEST_ID,
    "status": "scored",
    "prediction": PREDICTION,
    "problem": None,
}
_LOGGED = {key: PREDICTION[key] for key in ("request_id", "source", "received_at")} | TRANSACTION
LOG_PAGE: dict[str, Any] = {
    "data": [
        {
            "request": _LOGGED,
            "outcome": "scored",
            "prediction_id": _PREDICTION_ID,
            "prediction": PREDICTION,
            "problem": None,
            "feedback": {"is_fraud": False, "reported_at": "2026-11-23T18:30:00Z"},
        }
    ],
    "has_more": False,
    "next_cursor": None,
}
MODEL: dict[str, Any] = {
    "name": "flowserve-fraud",
    "version": "1.0.0",
    "features": list(PREDICTION["features"]),
    "last_decided_at": PREDICTION["decided_at"],
    "scored": 1204,
    "versions": [{"version": "1.0.0", "scored": 1204}],
    "drift": {"rows": 1204, "psi": {"amount": 0.0071, "customer_ratio": 0.0124}},
    "card": {
        "policy": {"review": 0.0237, "decline": 0.6125},
        "trained_at": "2026-11-24T03:05:46Z",
        "training": {
            "source": "simulation, seed 7",
            "transactions": 1_762_632,
            "rows": 799_000,
            "classifier": "gradient-boosted trees: 100 trees of 8 leaves",
            "policy_rule": "least expected cost",
        },
        "metrics": [
            {
                "name": "test",
                "transactions": 98_284,
                "average_precision": 0.7639,
                "roc_auc": 0.8908,
                "card_precision_100": 0.1361,
                "average_precision_interval": [0.726, 0.7978],
            }
        ],
    },
}
METRICS: dict[str, Any] = {
    "window": {"seconds": 3600, "from": "2026-11-23T11:00:00Z", "to": "2026-11-23T12:00:00Z"},
    "requests": {"accepted": 1210, "scored": 1204, "duplicate": 3, "rejected": 2, "pending": 1},
    "by_source": {"rest": 210, "kafka": 1000, "replay": 0},
    "decisions": {"approve": 1180, "review": 17, "decline": 7},
    "latency_ms": {"p50": 4.1, "p95": 9.7, "p99": 26.8},
    "lag": {
        "records": 1,
        "seconds": 0.0,
        "partitions": [{"partition": 0, "records": 1, "seconds": 0.0}],
    },
    "feedback": {"reports": 9, "frauds": 6, "precision": 0.8333, "recall": 0.8333},
    "model": [{"version": "1.0.0", "scored": 1204}],
}
TRACE: dict[str, Any] = {
    "place": {"topic": "flowserve.requests.v1", "partition": 5, "offset": 1207},
    "entry": LOG_PAGE["data"][0],
    "stops": [
        {"name": "asked", "clock": "api", "at": "2026-11-23T12:00:00.410000Z", "ms": None},
        {"name": "on_log", "clock": "kafka", "at": "2026-11-23T12:00:00.412000Z", "ms": 2.0},
        {"name": "decided", "clock": "scorer", "at": "2026-11-23T12:00:00.417000Z", "ms": 5.0},
        {"name": "reply", "clock": "scorer", "at": None, "ms": None},
        {"name": "stored", "clock": "database", "at": "2026-11-23T12:00:00.590000Z", "ms": 173.0},
    ],
}
SERIES: dict[str, Any] = {
    "window": {"seconds": 600, "from": "2026-11-23T11:50:00Z", "to": "2026-11-23T12:00:00Z"},
    "step_seconds": 2,
    "latency_ms": {"p50": 4.1, "p95": 9.7, "p99": 26.8},
    "points": [
        {
            "at": "2026-11-23T11:59:58Z",
            "approve": 38,
            "review": 1,
            "decline": 0,
            "duplicate": 0,
            "rejected": 0,
            "latency_ms": {"p50": 4.1, "p95": 9.7, "p99": 26.8},
        }
    ],
}
REPLAY: dict[str, Any] = {
    "run_id": "replay-3f9a1c07b2de",
    "source": "transactions.parquet",
    "model_version": "2026.12.1",
    "state": "running",
    "progress": {"done": 640_000, "transactions": 1_800_000, "share": 0.3556},
    "counts": {"scored": 639_712, "duplicate": 250, "rejected": 38},
    "started_at": "2026-11-24T09:12:03.518000Z",
    "updated_at": "2026-11-24T09:12:57.100000Z",
    "finished_at": None,
    "message": None,
}
COMPARISON: dict[str, Any] = {
    "run_id": REPLAY["run_id"],
    "changes": [
        {"live": "approve", "run": "approve", "transactions": 638_000, "frauds": 212, "score_shift": 0.0001},
        {"live": "approve", "run": "decline", "transactions": 96, "frauds": 71, "score_shift": 0.6204},
    ],
}
REPLAY_PAGE: dict[str, Any] = {"data": [REPLAY], "has_more": False, "next_cursor": None}
DEAD_LETTER_PAGE: dict[str, Any] = {
    "data": [
        {
            "letter": "5/17",
            "source": {"topic": "flowserve.requests.v1", "partition": 5, "offset": 1207},
            "stage": "validate",
            "code": "key_mismatch",
            "message": "Send the customer_id, in UTF-8, as the record's key.",
            "attempts": 1,
            "payload_kept": True,
            "failed_at": "2026-11-23T12:00:01.412000Z",
            "redriven_at": None,
        }
    ],
    "has_more": False,
    "next_cursor": None,
}
_PARTS = {name: {"ok": True} for name in ("kafka_producer", "replies", "keys", "database")}
READINESS: dict[str, Any] = {
    "status": "ready",
    "parts": {**_PARTS, "scorer_lag": {"ok": True, "detail": "0 records, 0.0 s behind."}},
}
NOT_READY: dict[str, Any] = {
    "status": "not_ready",
    "parts": {
        **READINESS["parts"],
        "replies": {"ok": False, "detail": "The reply partition is not being read."},
    },
}
STATE: dict[str, Any] = {
    "at": "2026-11-23T12:00:00Z",
    "health": READINESS,
    "scorer": {"records": 1, "seconds": 0.0},
    "sink": {"records": 3, "seconds": 0.2},
}
EVENTS = f"event: state\ndata: {json.dumps(STATE)}\n\nevent: figures\ndata: {json.dumps(SERIES)}\n\n"


def problem_example(code: str) -> dict[str, Any]:
    """A problem of this code as a caller would see it."""
    errors = (_FIELDS[code],) if code in _FIELDS else ()
    example: dict[str, Any] = msgspec.to_builtins(problem(code, request_id="checkout-7f3a", errors=errors))
    return example


BATCH_RESULTS: dict[str, Any] = {
    "results": [
        {"status": 200, "prediction": PREDICTION},
        {"status": 202, "request_id": _REQUEST_ID, "location": f"/api/v1/requests/{_REQUEST_ID}"},
        {"status": 422, "problem": problem_example("card_number")},
    ]
}


def transaction_schema() -> dict[str, Any]:
    """The request body's JSON Schema, as the door's own model says it."""
    return TransactionModel.model_json_schema()
