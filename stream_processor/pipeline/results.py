"""The result of one request record, ready for the wire: its outcome, its dead letter, its reply."""

from typing import get_args

import msgspec

from schemas import headers
from schemas.outcomes import Fold, Outcome, Prediction, Rejected, Status, encoder
from schemas.problems import Refusal
from stream_processor.pipeline.envelope import Envelope, Record, ReplyTo

WireHeaders = list[tuple[str, bytes]]

_STATUS: dict[Status, tuple[str, bytes]] = {
    status: (headers.STATUS, status.encode()) for status in get_args(Status)
}


class Reply(msgspec.Struct, frozen=True, gc=False):
    """An answer that is awaited. `value` is None for a duplicate: the first answer, at `first_offset`."""

    to: ReplyTo
    value: bytes | None
    first_offset: int | None = None


class Result(msgspec.Struct, frozen=True, gc=False):
    """What goes to `predictions` for one record; `refused` is there when a dead letter must go first."""

    record: Record
    status: Status
    key: bytes | None
    value: bytes
    headers: WireHeaders
    reply: Reply | None
    refused: Refusal | None
    unusable_headers: int


def result(
    record: Record,
    envelope: Envelope,
    outcome: Outcome,
    status: Status,
    fold: Fold,
    *,
    key: bytes | None,
    refused: Refusal | None = None,
    first_offset: int | None = None,
) -> Result:
    """Encodes an outcome once, for the log and for the reply alike, so that they cannot disagree."""
    value = encoder.encode(outcome)
    wire = [
        _STATUS[status],
        (headers.FOLD, encoder.encode(fold)),
        (headers.CLIENT_ID, (envelope.client_id or headers.UNKNOWN_CLIENT).encode()),
    ]
    if envelope.correlation_id is not None:
        wire.append((headers.CORRELATION_ID, envelope.correlation_id))
    wire += envelope.trace
    reply = None
    if envelope.reply_to is not None:
        reply = Reply(envelope.reply_to, _answer(outcome, value), first_offset)
    return Result(record, status, key, value, wire, reply, refused, envelope.unusable)


def _answer(outcome: Outcome, value: bytes) -> bytes | None:
    if isinstance(outcome, Rejected):
        return encoder.encode(outcome.problem)
    return value if isinstance(outcome, Prediction) else None
