"""The messages of the AsyncAPI document: payload, headers, key and an example of every record."""

from dataclasses import dataclass
from typing import Any

import msgspec

from schemas import asyncapi_examples as examples
from schemas import header_schemas, headers
from schemas.erasure import Erasure
from schemas.feedback_model import FeedbackModel
from schemas.outcomes import Duplicate, Prediction, Rejected
from schemas.problems import Problem
from schemas.transaction_model import TransactionModel

Document = dict[str, Any]

_REF = "#/components/schemas/{name}"
_BINDING_VERSION = "0.5.0"
_CUSTOMER = {"type": "string", "description": "The customer_id, in UTF-8."}
_NOT_TRUSTED = {
    "type": ["string", "null"],
    "description": "The customer_id where the refused record's fields were in order, else null.",
}
_SOURCE_KEY = {
    "type": ["string", "null"],
    "description": "As the refused record's; null where its bytes were not kept.",
}


@dataclass(frozen=True)
class Message:
    """A record of a topic: the name of its payload's schema, its headers, its key (None: it has none)."""

    schema: str
    headers: Document
    key: Document | None
    summary: str
    example: msgspec.Struct | None
    example_headers: dict[str, str]


MESSAGES = {
    "transaction": Message(
        "Transaction",
        header_schemas.REQUEST,
        _CUSTOMER,
        "A card transaction to be decided.",
        examples.TRANSACTION,
        examples.ASKING,
    ),
    "feedback": Message(
        "Feedback",
        header_schemas.FEEDBACK,
        _CUSTOMER,
        "A report that a transaction was, or was not, fraud.",
        examples.FEEDBACK,
        {headers.CLIENT_ID: headers.DEFAULT_CLIENT},
    ),
    "erasure": Message(
        "Erasure",
        header_schemas.ERASURE,
        _CUSTOMER,
        "A request to forget a customer; `flowserve erase` writes it, and does the rest.",
        examples.ERASURE,
        examples.FORGET,
    ),
    "prediction": Message(
        "Prediction",
        header_schemas.OUTCOME,
        _CUSTOMER,
        "The decision on a transaction.",
        examples.PREDICTION,
        examples.answered("scored"),
    ),
    "duplicate": Message(
        "Duplicate",
        header_schemas.OUTCOME,
        _CUSTOMER,
        "The request repeats a transaction whose decision stands earlier on the topic.",
        examples.DUPLICATE,
        examples.answered("duplicate"),
    ),
    "rejected": Message(
        "Rejected",
        header_schemas.OUTCOME,
        _NOT_TRUSTED,
        "The request could not be decided, and why.",
        examples.REJECTED,
        examples.answered("rejected"),
    ),
    "erased": Message(
        "Nothing",
        header_schemas.ERASED,
        _CUSTOMER,
        "No outcome: the scorer has forgotten the customer; it has no value. Pass over it.",
        None,
        examples.forgotten(),
    ),
    "warmed": Message(
        "Prediction",
        header_schemas.WARMED,
        _CUSTOMER,
        "No outcome of a request: history that warmed a new installation up. Pass over it.",
        examples.WARMED,
        examples.warmed(),
    ),
    "predictionReply": Message(
        "Prediction",
        header_schemas.REPLY,
        None,
        "The decision that a header asked for; for a repeat the first decision.",
        examples.PREDICTION,
        examples.replied("scored"),
    ),
    "problemReply": Message(
        "Problem",
        header_schemas.REPLY,
        None,
        "Why the request was rejected.",
        examples.PROBLEM,
        examples.replied("rejected"),
    ),
    "deadLetter": Message(
        "DeadLetter",
        header_schemas.DEAD_LETTER,
        _SOURCE_KEY,
        "A refused record, and why.",
        examples.TRANSACTION,
        examples.WHY,
    ),
    "redriveNote": Message(
        "RedriveNote",
        header_schemas.REDRIVE_NOTE,
        None,
        "A dead letter of this partition was put back on the requests; it has no value.",
        None,
        examples.REDRIVEN,
    ),
}


def message_objects() -> Document:
    """Every message as the document has it."""
    return {name: _message_object(name, message) for name, message in MESSAGES.items()}


def schema_objects() -> Document:
    """Every payload by name, with references that hold within the document."""
    _, found = msgspec.json.schema_components((Prediction, Duplicate, Rejected, Problem), ref_template=_REF)
    return {
        "Transaction": _open(TransactionModel.model_json_schema()),
        "Feedback": _open(FeedbackModel.model_json_schema()),
        **found,
        "DeadLetter": {
            "description": "The bytes of the refused record untouched, whatever they are. Where they may "
            "hold a card number, or do not fit: an object with their keyed HMAC-SHA-256 and their length.",
        },
        "RedriveNote": {"type": "null"},
        "Erasure": _erasure(),
        "Nothing": {"type": "null"},
    }


def _erasure() -> Document:
    schema = msgspec.json.schema(Erasure)
    found: Document = schema["$defs"]["Erasure"]
    return found


def _open(schema: Document) -> Document:
    """On Kafka an unknown field is passed over; over REST it is refused."""
    return {name: value for name, value in schema.items() if name != "additionalProperties"}


def _message_object(name: str, message: Message) -> Document:
    found: Document = {
        "name": name,
        "summary": message.summary,
        "contentType": "application/json",
        "headers": message.headers,
        "payload": {"$ref": _REF.format(name=message.schema)},
        "examples": [{"headers": message.example_headers, "payload": examples.plain(message.example)}],
    }
    if headers.CORRELATION_ID in message.headers["properties"]:
        found["correlationId"] = {"location": f"$message.header#/{headers.CORRELATION_ID}"}
    if message.key is not None:
        found["bindings"] = {"kafka": {"key": message.key, "bindingVersion": _BINDING_VERSION}}
    return found
