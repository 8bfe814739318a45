"""A request to forget a customer: a record of `feedback`, told from a report by its `event` header.

The scorer that owns the customer's partition forgets the customer and says so on `predictions`, by a record
without a value whose fold names the run ERASURE; whoever reads outcomes passes over it.
"""

import msgspec

from schemas import headers
from schemas.problems import Refusal
from schemas.transaction import MAX_BODY_BYTES, Id, check_id, refusal_of

EVENT = b"erasure"
"""The value of the `event` header."""

ERASURE = "#erasure"
"""The `run` of the fold that forgets a customer; no replay can have this name."""


class Erasure(msgspec.Struct, frozen=True, gc=False):
    """Whom to forget; the client is in the `client_id` header, and the moment is the broker's."""

    customer_id: Id


_decoder = msgspec.json.Decoder(Erasure)
_encoder = msgspec.json.Encoder()


def is_erasure(wire: headers.Headers) -> bool:
    """Whether a record of `feedback` asks for an erasure."""
    return headers.first(wire, headers.EVENT) == EVENT


def decode_erasure(value: bytes | None) -> Erasure:
    """Reads one record's bytes. Raises Refusal, which never holds the value."""
    if not value or len(value) > MAX_BODY_BYTES:
        raise Refusal("malformed", 'Send {"customer_id": "..."}.')
    try:
        erasure = _decoder.decode(value)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Refusal("malformed", "The body is not valid UTF-8 JSON.") from None
    check_id("customer_id", erasure.customer_id)
    return erasure


def encode_erasure(customer_id: str, client_id: str) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of the record."""
    wire = [(headers.EVENT, EVENT), (headers.CLIENT_ID, client_id.encode())]
    return customer_id.encode(), _encoder.encode(Erasure(customer_id)), wire
