"""Every error FlowServe can answer, once: code, HTTP status, title, whether a retry helps (RFC 9457)."""

from dataclasses import dataclass

import msgspec

TYPE_PREFIX = "urn:flowserve:problem:"
CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One row of the catalogue."""

    status: int
    title: str
    retryable: bool = False


CATALOGUE: dict[str, Kind] = {
    # what is wrong with a request, on any door
    "malformed": Kind(400, "The body is not a JSON object"),
    "empty": Kind(400, "The body is empty"),
    "too_large": Kind(413, "The body is too large"),
    "invalid_field": Kind(422, "A field is missing or has a value it cannot have"),
    "card_number": Kind(422, "A field holds a payment card number"),
    "time_out_of_range": Kind(422, "occurred_at is too old or in the future"),
    "unsupported_currency": Kind(422, "The model has no rate for this currency"),
    "idempotency_conflict": Kind(422, "This transaction_id was used with another body"),
    "unknown_client": Kind(422, "The client_id header names no known client"),
    "internal_error": Kind(500, "FlowServe could not process this request"),
    # Kafka door only
    "key_mismatch": Kind(422, "The record's key is not its customer_id"),
    "wrong_partition": Kind(422, "The record lies on another partition than its key asks for"),
    # REST door only
    "unauthenticated": Kind(401, "A valid API key is needed"),
    "forbidden": Kind(403, "This API key may not do this"),
    "not_found": Kind(404, "There is no such thing"),
    "not_stored_yet": Kind(404, "There is no such thing, or not yet", retryable=True),
    "method_not_allowed": Kind(405, "This path does not take this method"),
    "not_acceptable": Kind(406, "None of the accepted formats can be given"),
    "header_too_large": Kind(431, "The request's headers are too large"),
    "unsupported_media_type": Kind(415, "Only application/json is read"),
    "bad_cursor": Kind(422, "The cursor is not one that this service gave"),
    "request_timeout": Kind(408, "The body did not arrive in time", retryable=True),
    "quota_exceeded": Kind(429, "Too many requests for this API key", retryable=True),
    "overloaded": Kind(503, "Too much is waiting just now", retryable=True),
    "publish_unknown": Kind(503, "Kafka did not confirm the request", retryable=True),
    "store_unavailable": Kind(503, "The database is not available", retryable=True),
    "not_ready": Kind(503, "The service is starting or stopping", retryable=True),
}


class FieldError(msgspec.Struct, frozen=True):
    """One bad field: a JSON pointer (RFC 6901) and what to do, never the value itself."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem with FlowServe's own members `code`, `request_id`, `retryable`, `errors`."""

    type: str
    title: str
    status: int
    code: str
    retryable: bool  # no default, so omit_defaults never hides it from a caller who switches on it
    detail: str = ""
    instance: str = ""
    request_id: str = ""
    errors: tuple[FieldError, ...] = ()


def problem(
    code: str,
    detail: str = "",
    *,
    request_id: str = "",
    errors: tuple[FieldError, ...] = (),
) -> Problem:
    """Builds the problem of a catalogued code. A code that is not in the catalogue is a bug: KeyError."""
    kind = CATALOGUE[code]
    return Problem(
        TYPE_PREFIX + code,
        kind.title,
        kind.status,
        code,
        kind.retryable,
        detail,
        request_id=request_id,
        errors=errors,
    )


class Refusal(Exception):
    """What was asked is refused: the code, what to do about it, and the fields to look at."""

    def __init__(self, code: str, detail: str = "", errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = errors
