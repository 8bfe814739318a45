"""What each record header holds, as JSON Schema: the headers of the AsyncAPI document, by message."""

from typing import Any, get_args

from schemas import headers as names
from schemas.clients import NAME
from schemas.erasure import EVENT
from schemas.outcomes import Status

Schema = dict[str, Any]


def _headers(properties: dict[str, Schema], *required: str) -> Schema:
    """The headers of one message; any others mean nothing."""
    found: Schema = {"type": "object", "properties": properties}
    return found | {"required": list(required)} if required else found


_DECIMAL = "^[0-9]{1,15}$"
_STATUS: Schema = {
    "type": "string",
    "enum": list(get_args(Status)),
    "description": "What became of the request, so that a reader can choose without parsing the value.",
}
_CORRELATION_ID: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 128,
    "description": "Bytes of the producer's choice, 128 at most; they come back untouched with the outcome.",
}
_TRACEPARENT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 128,
    "description": "W3C trace context; it comes back untouched with the outcome, the reply, the dead letter.",
}
_TRACESTATE: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 512,
    "description": "W3C trace state; it goes where traceparent goes, and nowhere without it.",
}
_TRACE = {names.TRACEPARENT: _TRACEPARENT, names.TRACESTATE: _TRACESTATE}
_CLIENT_ID: Schema = {
    "type": "string",
    "pattern": f"^{NAME.pattern}$",
    "default": names.DEFAULT_CLIENT,
    "description": "The organisation that asks. Transactions and state are kept apart by it.",
}

REQUEST = _headers(
    {
        names.CLIENT_ID: _CLIENT_ID,
        names.REQUEST_ID: {
            "type": "string",
            "format": "uuid",
            "description": "The request_id of the outcome. Without it the record's place gives one.",
        },
        names.CORRELATION_ID: _CORRELATION_ID,
        names.REPLY_PARTITION: {
            "type": "string",
            "pattern": _DECIMAL,
            "description": "Asks for the answer on this partition of the replies; needs a correlation_id.",
        },
        names.DEADLINE: {
            "type": "string",
            "pattern": _DECIMAL,
            "description": "Milliseconds since 1970 UTC after which no reply is sent. The request is decided "
            "all the same.",
        },
        **_TRACE,
        names.SOURCE: {
            "type": "string",
            "description": "Set by the REST interface to `rest`. Producers leave it out.",
        },
        names.REDRIVES: {
            "type": "string",
            "description": "Set by `flowserve dlq redrive`: how often the record was put back.",
        },
        names.REDRIVEN_FROM: {
            "type": "string",
            "description": "Set by `flowserve dlq redrive`: partition/offset of the dead letter.",
        },
    }
)
FEEDBACK = _headers({names.CLIENT_ID: _CLIENT_ID, **_TRACE})
ERASURE = _headers(
    {
        names.EVENT: {
            "type": "string",
            "enum": [EVENT.decode()],
            "description": "Makes the record a request to forget a customer. Reports come without it.",
        },
        names.CLIENT_ID: _CLIENT_ID,
    },
    names.EVENT,
)
OUTCOME = _headers(
    {
        names.STATUS: _STATUS,
        names.FOLD: {
            "type": "string",
            "description": "A JSON array for FlowServe itself. Its second element is the request's offset.",
        },
        names.CLIENT_ID: {
            "type": "string",
            "description": "As the request named it; `unknown` where that is no possible name.",
        },
        names.CORRELATION_ID: _CORRELATION_ID,
        **_TRACE,
    },
    names.STATUS,
    names.FOLD,
    names.CLIENT_ID,
)
_OUR_FOLD: Schema = {
    "type": "string",
    "description": "A JSON array for FlowServe itself. Its fifth element is not empty: the record answers no "
    "request, and readers of outcomes pass over it.",
}
_OUR_CLIENT: Schema = {"type": "string", "description": "Whose customer it is."}
ERASED = _headers(
    {
        names.STATUS: {
            "type": "string",
            "enum": ["erased"],
            "description": "A customer is forgotten from here on.",
        },
        names.FOLD: _OUR_FOLD,
        names.CLIENT_ID: _OUR_CLIENT,
    },
    names.STATUS,
    names.FOLD,
    names.CLIENT_ID,
)
WARMED = _headers(
    {
        names.STATUS: {"type": "string", "enum": ["scored"], "description": "As a live outcome has it."},
        names.FOLD: _OUR_FOLD,
        names.CLIENT_ID: _OUR_CLIENT,
    },
    names.STATUS,
    names.FOLD,
    names.CLIENT_ID,
)
REPLY = _headers(
    {names.CORRELATION_ID: _CORRELATION_ID, names.STATUS: _STATUS, **_TRACE},
    names.CORRELATION_ID,
    names.STATUS,
)

_WHY = {
    names.DLQ_TOPIC: "Topic of the refused record.",
    names.DLQ_PARTITION: "Partition of the refused record; the dead letter has the same.",
    names.DLQ_OFFSET: "Offset of the refused record.",
    names.DLQ_TIMESTAMP: "When the broker received the refused record, milliseconds since 1970 UTC.",
    names.DLQ_STAGE: "`validate`, or `score` where FlowServe itself failed on the record.",
    names.DLQ_ERROR_CODE: "The problem's code, as in the rejected outcome.",
    names.DLQ_ERROR_MESSAGE: "What is wrong and what to do, in 1,024 bytes; never what the record holds.",
    names.DLQ_ATTEMPTS: "How often the record was tried: once, and once more for each redrive.",
    names.DLQ_FAILED_AT: "When it was refused, milliseconds since 1970 UTC.",
}
_PAYLOAD: Schema = {
    "type": "string",
    "enum": ["hmac"],
    "description": "There where the value only stands for bytes that were not kept.",
}
_DLQ_CLIENT: Schema = {
    "type": "string",
    "description": "The client that the refused record named; `unknown` where that is no possible name.",
}
DEAD_LETTER = _headers(
    {name: {"type": "string", "description": text} for name, text in _WHY.items()}
    | {names.DLQ_PAYLOAD: _PAYLOAD, names.DLQ_CLIENT: _DLQ_CLIENT, **_TRACE},
    *_WHY,
)
REDRIVE_NOTE = _headers(
    {
        names.DLQ_REDRIVEN: {"type": "string", "description": "Offset of the letter, on this partition."},
        names.DLQ_REDRIVEN_TO: {
            "type": "string",
            "description": "partition/offset at which its request lies now.",
        },
    },
    names.DLQ_REDRIVEN,
    names.DLQ_REDRIVEN_TO,
)
