"""One record as one row of `requests`, `predictions` or `feedback`; pure, and as quick as Python allows."""

from datetime import UTC, datetime, timedelta

import msgspec

from schemas import headers, identifiers, topics
from schemas.clients import client_of
from schemas.erasure import is_erasure
from schemas.feedback import decode_feedback
from schemas.headers import UNKNOWN_CLIENT
from schemas.outcomes import Decision, Source, Status, Time, fold_decoder
from schemas.problems import Refusal
from schemas.transaction import Transaction, decode
from stream_processor.pipeline.envelope import Record, read_envelope
from stream_processor.sink.errors import BadRecord
from stream_processor.sink.tables import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING_READ: Row = (None,) * len(Transaction.__struct_fields__)


class _Model(msgspec.Struct, gc=False):
    version: str


class _Problem(msgspec.Struct, gc=False):
    code: str


class _Outcome(msgspec.Struct, gc=False):
    """The fields of an outcome that have columns of their own; the rest is kept in `body`."""

    request_id: str
    status: Status
    source: Source
    received_at: Time
    decided_at: Time
    prediction_id: str | None = None
    transaction_id: str | None = None
    customer_id: str | None = None
    terminal_id: str | None = None
    decision: Decision | None = None
    score: float | None = None
    model: _Model | None = None
    problem: _Problem | None = None
    occurred_at: Time | None = None


_outcomes = msgspec.json.Decoder(_Outcome)


def broker_time(milliseconds: int) -> datetime:
    """A record's timestamp (ms since 1970 UTC, set by the broker), exactly."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def request_row(record: Record) -> Row:
    """A row for any record: one that is refused keeps its place, and no field of its body."""
    envelope = read_envelope(record, 0)
    received_at = broker_time(record.timestamp)
    return (
        received_at.date(),
        topics.REQUESTS,
        record.partition,
        record.offset,
        envelope.client_id or UNKNOWN_CLIENT,
        envelope.request_id,
        envelope.source,
        *_fields(record.value),
        received_at,
        record.offset,
    )


def _fields(value: bytes | None) -> Row:
    try:
        body = decode(value)
        occurred_at = body.occurred_at.astimezone(UTC)
    except (Refusal, OverflowError):  # the latter: 9999-12-31 in a zone where UTC is a year on
        return _NOTHING_READ
    return (
        body.transaction_id,
        body.customer_id,
        body.terminal_id,
        body.amount,
        body.currency,
        occurred_at,
    )


def prediction_row(record: Record) -> Row | None:
    """A row, or None for what a warm-up or an erasure wrote. Raises BadRecord."""
    found = dict(reversed(record.headers))
    try:
        fold = fold_decoder.decode(found.get(headers.FOLD) or b"")
    except (msgspec.DecodeError, ValueError):
        raise BadRecord("unreadable_fold", "The fold header is missing or cannot be read.") from None
    if fold.run:
        return None
    try:
        outcome = _outcomes.decode(record.value or b"")
        body = (record.value or b"").decode()
        received_at = outcome.received_at.astimezone(UTC)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError):
        message = "The value is not an outcome."
        raise BadRecord("unreadable_outcome", message, fold.offset) from None
    return (
        received_at.date(),
        topics.REQUESTS,
        record.partition,
        fold.offset,
        client_of(found.get(headers.CLIENT_ID)) or UNKNOWN_CLIENT,
        outcome.request_id,
        outcome.source,
        outcome.status,
        outcome.prediction_id,
        outcome.transaction_id,
        outcome.customer_id,
        outcome.terminal_id,
        outcome.decision,
        outcome.score,
        None if outcome.model is None else outcome.model.version,
        None if outcome.problem is None else outcome.problem.code,
        outcome.occurred_at,
        received_at,
        outcome.decided_at,
        body,
        record.offset,
    )


def feedback_row(record: Record) -> Row | None:
    """A row, or None for a request to forget a customer. Raises BadRecord for what cannot be read."""
    if is_erasure(record.headers):
        return None
    client = client_of(headers.first(record.headers, headers.CLIENT_ID)) or UNKNOWN_CLIENT
    try:
        report = decode_feedback(record.value)
    except Refusal:
        raise BadRecord("unreadable_feedback", "The value is not a report.") from None
    prediction = identifiers.prediction_id(client, report.customer_id, report.transaction_id)
    return (
        topics.FEEDBACK,
        record.partition,
        record.offset,
        client,
        identifiers.text(prediction),
        report.transaction_id,
        report.customer_id,
        report.is_fraud,
        broker_time(record.timestamp),
        record.offset,
    )
