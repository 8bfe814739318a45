"""A report that a transaction was, or was not, fraud: the record of `feedback`.

`decode_feedback` serves the Kafka records; the REST door's model is `feedback_model`.
"""

from typing import Annotated

import msgspec

from schemas.problems import Refusal
from schemas.transaction import MAX_BODY_BYTES, Id, check_id, refusal_of


class Feedback(msgspec.Struct, frozen=True, gc=False):
    """What is said of a transaction; when it was said is the broker's word."""

    transaction_id: Id
    customer_id: Id
    is_fraud: Annotated[bool, msgspec.Meta(description="True for fraud, false for genuine.")]


_decoder = msgspec.json.Decoder(Feedback)
_encoder = msgspec.json.Encoder()


def decode_feedback(value: bytes | None) -> Feedback:
    """Reads one record's bytes; unknown fields are ignored. Raises Refusal, which never holds the value."""
    if not value:
        raise Refusal("empty", "Send a report as a JSON object.")
    if len(value) > MAX_BODY_BYTES:
        raise Refusal("too_large", f"Send at most {MAX_BODY_BYTES} bytes.")
    try:
        feedback = _decoder.decode(value)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Refusal("malformed", "The body is not valid UTF-8 JSON.") from None
    check_id("transaction_id", feedback.transaction_id)
    check_id("customer_id", feedback.customer_id)
    return feedback


def canonical_feedback(feedback: Feedback) -> bytes:
    """The body in one form: fields in order, no spaces."""
    return _encoder.encode(feedback)
