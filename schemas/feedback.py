"""TEMP"""

import msgspec

from schemas.problems import Refusal


class Feedback(msgspec.Struct, frozen=True):
    transaction_id: str
    customer_id: str
    is_fraud: bool


_d = msgspec.json.Decoder(Feedback)


def decode_feedback(value: bytes | None) -> Feedback:
    try:
        return _d.decode(value or b"")
    except (msgspec.DecodeError, ValueError):
        raise Refusal("malformed") from None
