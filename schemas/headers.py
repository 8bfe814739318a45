"""Kafka record headers, by name. All are optional UTF-8 text unless noted; unknown ones are ignored."""

from collections.abc import Sequence

CLIENT_ID = "client_id"
REQUEST_ID = "request_id"
SOURCE = "source"
CORRELATION_ID = "correlation_id"
REPLY_PARTITION = "reply_partition"
DEADLINE = "deadline"
TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
STATUS = "status"
EVENT = "event"
FOLD = "fold"

DLQ_TOPIC = "dlq_topic"
DLQ_PARTITION = "dlq_partition"
DLQ_OFFSET = "dlq_offset"
DLQ_TIMESTAMP = "dlq_timestamp"
DLQ_STAGE = "dlq_stage"
DLQ_ERROR_CODE = "dlq_error_code"
DLQ_ERROR_MESSAGE = "dlq_error_message"
DLQ_ATTEMPTS = "dlq_attempts"
DLQ_FAILED_AT = "dlq_failed_at"
DLQ_PAYLOAD = "dlq_payload"
DLQ_CLIENT = "dlq_client"
DLQ_REDRIVEN = "dlq_redriven"
DLQ_REDRIVEN_TO = "dlq_redriven_to"
REDRIVES = "redrives"
REDRIVEN_FROM = "redriven_from"

DEFAULT_CLIENT = "default"
UNKNOWN_CLIENT = "unknown"

Headers = Sequence[tuple[str, bytes]]


def first(headers: Headers, name: str) -> bytes | None:
    """The first value of a header, or None. Later repeats of a name are ignored on every door."""
    for key, value in headers:
        if key == name:
            return value
    return None


def number(value: bytes | None, most_digits: int = 18) -> int | None:
    """A header's decimal number; None where it is none, or has more digits. With 18 it fits 64 bits."""
    return int(value) if value is not None and value.isdigit() and len(value) <= most_digits else None
