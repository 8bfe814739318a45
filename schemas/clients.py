"""The records of the list of clients, the organisations that may ask. Key: the client's name, in UTF-8."""

import re

import msgspec

from schemas.card_numbers import holds_card_number
from schemas.headers import DEFAULT_CLIENT

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Listed(msgspec.Struct, frozen=True):
    """The newest word on a client: an inactive one is refused like one that was never listed."""

    active: bool


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Listed)


def client_of(header: bytes | None) -> str | None:
    """Whom a `client_id` header names: `default` without one, None where it names nobody that could be."""
    if header is None:
        return DEFAULT_CLIENT
    name = header.decode("latin-1")
    return name if NAME.fullmatch(name) and not holds_card_number(name) else None


def client_record(name: str, active: bool) -> tuple[bytes, bytes]:
    """Key and value."""
    return name.encode(), _encoder.encode(Listed(active))


def read_client(key: bytes | None, value: bytes | None) -> tuple[str, bool]:
    """Name and whether it is active; a record without value takes it off the list. Raises ValueError."""
    name = (key or b"").decode()
    if not NAME.fullmatch(name):
        raise ValueError("the key is no client's name")
    if value is None:
        return name, False
    try:
        return name, _decoder.decode(value).active
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
