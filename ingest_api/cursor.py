"""The opaque cursor of /logs: where the page before ended, bound to the filters that it was made for."""

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta

import msgspec

from schemas.problems import Refusal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_CHARACTERS = 400


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last row of a page: microseconds since 1970 UTC, partition, offset; `f` names the filters."""

    t: int
    p: int
    o: int
    f: str

    @classmethod
    def of(cls, received_at: datetime, partition: int, offset: int, filters: str) -> "Place":
        """The place of a row."""
        return cls((received_at - _EPOCH) // _MICROSECOND, partition, offset, filters)

    def received_at(self) -> datetime:
        """The row's time of arrival, UTC."""
        return _EPOCH + timedelta(microseconds=self.t)


_decoder = msgspec.json.Decoder(Place)


def encode_cursor(received_at: datetime, partition: int, offset: int, filters: str) -> str:
    """base64url of a small JSON object."""
    place = msgspec.json.encode(Place.of(received_at, partition, offset, filters))
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def decode_cursor(text: str, filters: str) -> Place:
    """Raises Refusal bad_cursor where it is not ours, or made for other filters."""
    try:
        if len(text) > _MAX_CHARACTERS:
            raise ValueError("too long")
        place = _decoder.decode(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        place.received_at()
    except (msgspec.DecodeError, binascii.Error, ValueError, OverflowError):
        raise Refusal("bad_cursor", "Send next_cursor as it was given.") from None
    if place.f != filters:
        raise Refusal("bad_cursor", "Send a cursor with the filters that it was given for.")
    if not (0 <= place.p < 2**31 and 0 <= place.o < 2**63):
        raise Refusal("bad_cursor", "Send next_cursor as it was given.")
    return place


def filters_name(client_id: str, filters: object) -> str:
    """A short fingerprint of a client's filters."""
    content = msgspec.json.encode([client_id, filters])
    return hashlib.sha256(content).hexdigest()[:16]
