"""From the bytes of a body to a transaction, or to a refusal that names every bad field and no value."""

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ingest_api.settings import MAX_BATCH
from schemas.feedback import Feedback
from schemas.feedback_model import FeedbackModel
from schemas.problems import FieldError, Refusal
from schemas.transaction import MAX_BODY_BYTES, Transaction, check_time
from schemas.transaction_model import TransactionModel

_MAX_ERRORS = 20
# An unknown field's name is the caller's text: letters alone can hold neither a card number nor markup.
_SAFE_NAME = re.compile(r"[A-Za-z_]{1,64}", re.ASCII)
_NOT_JSON = "The body is not valid UTF-8 JSON."


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """1 to 100 transactions, each still as its own bytes: one that is bad must not refuse the others."""

    transactions: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=MAX_BATCH)]


_batch_decoder = msgspec.json.Decoder(Batch)


def read_transaction(body: bytes, now: float, at: str = "") -> Transaction:
    """Validates one body; `at` is the JSON pointer of the transaction in it. Raises Refusal."""
    if not body:
        raise Refusal("empty", "Send a transaction as a JSON object.")
    if len(body) > MAX_BODY_BYTES:
        raise Refusal("too_large", f"Send at most {MAX_BODY_BYTES} bytes for a transaction.")
    try:
        transaction = TransactionModel.model_validate_json(body).transaction()
    except ValidationError as error:
        raise body_refusal(
            error.errors(include_url=False, include_context=False, include_input=False), at
        ) from None
    try:
        check_time(transaction.occurred_at.timestamp(), now)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.detail, _moved(refusal.errors, at)) from None
    return transaction


def read_feedback(body: bytes) -> Feedback:
    """Validates a report. Raises Refusal."""
    if not body:
        raise Refusal("empty", "Send a report as a JSON object.")
    try:
        return FeedbackModel.model_validate_json(body).feedback()
    except ValidationError as error:
        raise body_refusal(
            error.errors(include_url=False, include_context=False, include_input=False)
        ) from None


def read_batch(body: bytes) -> list[bytes]:
    """The items of a batch as bytes. Raises Refusal where it is not a batch at all."""
    if not body:
        raise Refusal("empty", 'Send {"transactions": [...]}.')
    try:
        return [bytes(item) for item in _batch_decoder.decode(body).transactions]
    except msgspec.ValidationError as error:
        if "`$" not in str(error) and str(error).startswith("Expected `object`"):
            raise Refusal("malformed", "The body is not a JSON object.") from None
        field = FieldError("/transactions", f"Send 1 to {MAX_BATCH} transactions, and nothing beside them.")
        raise Refusal("invalid_field", errors=(field,)) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Refusal("malformed", _NOT_JSON) from None


def body_refusal(details: Sequence[ErrorDetails], at: str = "") -> Refusal:
    """pydantic's findings in a body as one refusal: the worst code, and a pointer for each."""
    kinds = {detail["type"] for detail in details}
    if "json_invalid" in kinds:
        return Refusal("malformed", _NOT_JSON)
    if any(not detail["loc"] for detail in details):
        return Refusal("malformed", "The body is not a JSON object.")
    code = "card_number" if "card_number" in kinds else "invalid_field"
    return Refusal(code, errors=tuple(_field(detail, at) for detail in details[:_MAX_ERRORS]))


def query_refusal(details: Sequence[ErrorDetails]) -> Refusal:
    """The same for query and path parameters; a pointer names the parameter."""
    trimmed = [ErrorDetails(**{**detail, "loc": detail["loc"][1:]}) for detail in details]
    code = "card_number" if any(detail["type"] == "card_number" for detail in details) else "invalid_field"
    return Refusal(code, errors=tuple(_field(detail, "") for detail in trimmed[:_MAX_ERRORS]))


def _field(detail: ErrorDetails, at: str) -> FieldError:
    names = [str(name) for name in detail["loc"]]
    if detail["type"] == "extra_forbidden":
        safe = bool(names) and _SAFE_NAME.fullmatch(names[-1])
        return FieldError(f"{at}/{names[-1]}" if safe else at, "This field is not known here.")
    text = "This field is required." if detail["type"] == "missing" else detail["msg"].rstrip(".") + "."
    return FieldError(at + "".join(f"/{name}" for name in names), text)


def _moved(errors: tuple[FieldError, ...], at: str) -> tuple[FieldError, ...]:
    return tuple(FieldError(at + error.pointer, error.detail) for error in errors)
