"""What a request record's headers say: who asks, under which id, and where an answer is awaited."""

import re
import uuid
from collections.abc import Sequence
from typing import Protocol

import msgspec

from schemas import headers, identifiers, topics
from schemas.card_numbers import holds_card_number
from schemas.clients import client_of
from schemas.outcomes import Source
from schemas.trace_context import trace_id, usable_traceparent, usable_tracestate

_MADE_BY_THE_API = re.compile(rb"[0-9a-f]{32}")
_CORRELATION_BYTES = 128
_DIGITS = 15

WireTrace = tuple[tuple[str, bytes], ...]


class Record(Protocol):
    """A consumed request record; aiokafka's ConsumerRecord is one. `timestamp` is the broker's, in ms."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class ReplyTo(msgspec.Struct, frozen=True, gc=False):
    """Where and until when (ms since 1970 UTC, None = no limit) an answer is awaited; its trace context."""

    correlation_id: bytes
    partition: int
    deadline_ms: int | None
    trace: WireTrace = ()


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """The usable headers of one record; `client_id` is None where the header names no possible client.

    `trace` is the trace context as it travels on with every outcome.
    """

    client_id: str | None
    request_id: str
    source: Source
    reply_to: ReplyTo | None
    correlation_id: bytes | None
    trace: WireTrace
    unusable: int

    @property
    def trace_id(self) -> str | None:
        """As log lines name it."""
        return trace_id(self.trace[0][1]) if self.trace else None


def read_envelope(record: Record, reply_partitions: int) -> Envelope:
    """A header that cannot be used is counted and otherwise as good as absent; a bad client is not."""
    if not record.headers:
        request_id = identifiers.record_request_id(topics.REQUESTS, record.partition, record.offset)
        return Envelope(headers.DEFAULT_CLIENT, request_id, "kafka", None, None, (), 0)
    found: dict[str, bytes] = {}
    for name, value in record.headers:
        if name not in found:
            found[name] = value or b""
    unusable = 0

    given_id = _uuid(found.get(headers.REQUEST_ID))
    if given_id is None:
        unusable += headers.REQUEST_ID in found
        given_id = identifiers.record_request_id(topics.REQUESTS, record.partition, record.offset)

    correlation_id = _bounded(found.get(headers.CORRELATION_ID), _CORRELATION_BYTES)
    unusable += correlation_id is None and headers.CORRELATION_ID in found
    trace, bad_trace = _trace(found)
    reply_to, bad_reply = _reply_to(found, correlation_id, trace, reply_partitions)
    source: Source = "rest" if found.get(headers.SOURCE) == b"rest" else "kafka"
    client_id = client_of(found.get(headers.CLIENT_ID))
    return Envelope(
        client_id, given_id, source, reply_to, correlation_id, trace, unusable + bad_trace + bad_reply
    )


def _trace(found: dict[str, bytes]) -> tuple[WireTrace, int]:
    """The state goes nowhere without the parent."""
    parent, state = found.get(headers.TRACEPARENT), found.get(headers.TRACESTATE)
    if parent is None or not usable_traceparent(parent):
        return (), (parent is not None) + (state is not None)
    sent = ((headers.TRACEPARENT, parent),)
    if state is None:
        return sent, 0
    return ((*sent, (headers.TRACESTATE, state)), 0) if usable_tracestate(state) else (sent, 1)


def _reply_to(
    found: dict[str, bytes], correlation_id: bytes | None, trace: WireTrace, partitions: int
) -> tuple[ReplyTo | None, int]:
    """Nothing is sent to an address that is not whole: a partition in range, an id, a readable deadline."""
    if headers.REPLY_PARTITION not in found:
        return None, 0
    partition = headers.number(found[headers.REPLY_PARTITION], _DIGITS)
    deadline = headers.number(found.get(headers.DEADLINE), _DIGITS)
    if correlation_id is None or partition is None or partition >= partitions:
        return None, 1
    if deadline is None and headers.DEADLINE in found:
        return None, 1
    return ReplyTo(correlation_id, partition, deadline, trace), 0


def _uuid(value: bytes | None) -> str | None:
    if value is None or len(value) != 36:
        return None
    try:
        return str(uuid.UUID(value.decode("ascii")))
    except ValueError:
        return None


def _bounded(value: bytes | None, most: int) -> bytes | None:
    usable = value is not None and 0 < len(value) <= most and not _holds_card(value)
    return value if usable else None


def _holds_card(value: bytes) -> bool:
    """What travels on with a request is kept longer than the request itself."""
    if _MADE_BY_THE_API.fullmatch(value):
        return False  # random, so that some look like a card number
    return holds_card_number(value.decode("latin-1").replace("\0", ""))
