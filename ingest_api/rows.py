"""From database rows to the bodies of answers; stored outcomes pass through byte for byte."""

from collections.abc import Iterable
from typing import Any

import asyncpg
import msgspec

from schemas.problems import Problem

_encoder = msgspec.json.Encoder()


class RequestState(msgspec.Struct, frozen=True):
    """The outcome of one request; `prediction` of a duplicate is the answer that was given first."""

    request_id: str
    status: str
    prediction: msgspec.Raw | None = None
    problem: Problem | None = None


class LoggedRequest(msgspec.Struct, frozen=True):
    """What was asked. A field is null where the record could not be read or was not safe to keep."""

    request_id: str
    transaction_id: str | None
    customer_id: str | None
    terminal_id: str | None
    amount: int | None
    currency: str | None
    occurred_at: Any
    source: str
    received_at: Any


class Report(msgspec.Struct, frozen=True):
    """The latest report about a transaction; a label of a replay's input has no time."""

    is_fraud: bool
    reported_at: Any


class LogEntry(msgspec.Struct, frozen=True):
    """A request and what became of it. `prediction_id` of a duplicate names the first answer."""

    request: LoggedRequest
    outcome: str
    prediction_id: str | None
    prediction: msgspec.Raw | None
    problem: Problem | None
    feedback: Report | None


class LogPage(msgspec.Struct, frozen=True):
    """Newest first."""

    data: list[LogEntry]
    has_more: bool
    next_cursor: str | None


class _RejectedBody(msgspec.Struct):
    problem: Problem


_rejected = msgspec.json.Decoder(_RejectedBody)


def request_state(request_id: str, row: asyncpg.Record) -> RequestState:
    """`GET /requests/{request_id}`."""
    status = row["status"] or "pending"
    if status == "rejected":
        return RequestState(request_id, status, problem=_problem(row["body"]))
    body = {"scored": row["body"], "duplicate": row["first_body"]}.get(status)
    return RequestState(request_id, status, _raw(body))


def log_entry(row: asyncpg.Record) -> LogEntry:
    """One row of `/logs`."""
    outcome = row["outcome"]
    request = LoggedRequest(
        str(row["request_id"]),
        row["transaction_id"],
        row["customer_id"],
        row["terminal_id"],
        row["amount"],
        row["currency"],
        row["occurred_at"],
        row["source"],
        row["received_at"],
    )
    return LogEntry(
        request,
        outcome,
        str(row["prediction_id"]) if row["prediction_id"] else None,
        _raw(row["body"]) if outcome == "scored" else None,
        _problem(row["body"]) if outcome == "rejected" else None,
        Report(row["is_fraud"], row["reported_at"]) if row["is_fraud"] is not None else None,
    )


def ndjson(rows: Iterable[asyncpg.Record]) -> bytes:
    """One entry a line."""
    return _encoder.encode_lines([log_entry(row) for row in rows])


def _raw(body: str | None) -> msgspec.Raw | None:
    return msgspec.Raw(body.encode()) if body is not None else None


def _problem(body: str) -> Problem:
    return _rejected.decode(body).problem
