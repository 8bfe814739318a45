"""The transaction as every door takes it, and the one set of rules that says which are refused.

`decode` serves the Kafka records (scorer, sink); the REST door's model is `transaction_model`, and a
property test holds the two together.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from schemas.card_numbers import holds_card_number
from schemas.problems import FieldError, Refusal

MAX_BODY_BYTES = 65_536
MAX_ID_CHARACTERS = 128
MAX_AMOUNT = 10**12
OLDEST_SECONDS = 40 * 86_400
FUTURE_SECONDS = 5 * 60

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS)]


class Transaction(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A card transaction. Amount in minor units of an ISO 4217 currency; occurred_at with a zone.

    Defaults are omitted, so that a new optional field changes the hash of no body that is without it: state
    remembers those of 45 days, and every retry over an upgrade would be a conflict.
    """

    transaction_id: Id
    customer_id: Id
    terminal_id: Id
    amount: Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT)]
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3, pattern="^[A-Z]{3}$")]
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)]


_ZONED_TIME = Annotated[datetime, msgspec.Meta(tz=True)]
_decoder = msgspec.json.Decoder(Transaction)
_encoder = msgspec.json.Encoder()


def decode(value: bytes | None) -> Transaction:
    """Reads one record's bytes; unknown fields are ignored. Raises Refusal, which never holds the value."""
    if not value:
        raise Refusal("empty", "Send a transaction as a JSON object.")
    if len(value) > MAX_BODY_BYTES:
        raise Refusal("too_large", f"Send at most {MAX_BODY_BYTES} bytes.")
    try:
        transaction = _decoder.decode(value)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Refusal("malformed", "The body is not valid UTF-8 JSON.") from None
    check_text(transaction.transaction_id, transaction.customer_id, transaction.terminal_id)
    return transaction


def refusal_of(error: msgspec.ValidationError) -> Refusal:
    """The refusal that msgspec's word about a body amounts to."""
    message, _, path = str(error).partition(" - at `$")
    if not path:
        missing = (
            message.rpartition("missing required field `")[2].rstrip("`") if "missing" in message else ""
        )
        if not missing:
            return Refusal("malformed", "The body is not a JSON object.")
        return Refusal("invalid_field", errors=(FieldError("/" + missing, "This field is required."),))
    pointer = path.rstrip("`").replace(".", "/")
    return Refusal("invalid_field", errors=(FieldError(pointer, message + "."),))


def check_text(transaction_id: str, customer_id: str, terminal_id: str) -> None:
    """Ids must be printable and hold no card number. Raises Refusal."""
    # One look at all three is a third of the cost; no card number spans the bar between them.
    together = f"{transaction_id}|{customer_id}|{terminal_id}"
    if together.isprintable() and not holds_card_number(together):
        return
    check_id("transaction_id", transaction_id)
    check_id("customer_id", customer_id)
    check_id("terminal_id", terminal_id)


def check_id(name: str, value: str) -> None:
    """One id must be printable and hold no card number. Raises Refusal."""
    if not value.isprintable():
        raise Refusal("invalid_field", errors=(FieldError("/" + name, "Use printable characters only."),))
    if holds_card_number(value):
        detail = "Send a token in place of the card number."
        raise Refusal("card_number", detail, (FieldError("/" + name, detail),))


def check_time(occurred: float, now: float) -> None:
    """`occurred` from 40 days before to 5 minutes after `now`, seconds since 1970 UTC. Raises Refusal."""
    age = now - occurred
    if -FUTURE_SECONDS <= age <= OLDEST_SECONDS:
        return
    detail = "occurred_at must lie between 40 days before and 5 minutes after the time of arrival."
    raise Refusal("time_out_of_range", detail, (FieldError("/occurred_at", detail),))


def parse_time(value: str) -> datetime:
    """An RFC 3339 time with a zone; the same parser serves both doors. Raises msgspec.ValidationError."""
    parsed: datetime = msgspec.convert(value, _ZONED_TIME)
    return parsed


def canonical(transaction: Transaction) -> bytes:
    """The body in one form: fields in order, no spaces, time in UTC. What is published and what is hashed."""
    if transaction.occurred_at.tzinfo is not UTC:
        utc = transaction.occurred_at.astimezone(UTC)
        transaction = msgspec.structs.replace(transaction, occurred_at=utc)
    return _encoder.encode(transaction)


def body_hash(transaction: Transaction) -> int:
    """The first 64 bits of the SHA-256 of the canonical body, signed: tells a repeat from a conflict."""
    return int.from_bytes(hashlib.sha256(canonical(transaction)).digest()[:8], signed=True)
