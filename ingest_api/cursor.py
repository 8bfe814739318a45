"""The opaque cursors: where the page before ended, bound to the filters that it was made for."""

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from schemas.problems import Refusal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_CHARACTERS = 400


class RowPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last row of a page: microseconds since 1970 UTC, partition, offset; `f` names the filters."""

    t: int
    p: int
    o: int
    f: str

    @classmethod
    def of(cls, received_at: datetime, partition: int, offset: int, filters: str) -> "RowPlace":
        """The place of a row."""
        return cls(_micros(received_at), partition, offset, filters)

    def received_at(self) -> datetime:
        """The row's time of arrival, UTC."""
        return _moment(self.t)


class RunPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last run of a page of /replays: when it started (as in RowPlace), its id, the filters."""

    t: int
    r: str
    f: str

    def started_at(self) -> datetime:
        """When the run started, UTC."""
        return _moment(self.t)


_P = TypeVar("_P", RowPlace, RunPlace)


def encode_cursor(received_at: datetime, partition: int, offset: int, filters: str) -> str:
    """base64url of a small JSON object."""
    return _encode(RowPlace.of(received_at, partition, offset, filters))


def decode_cursor(text: str, filters: str) -> RowPlace:
    """Raises Refusal bad_cursor where it is not ours, or made for other filters."""
    place = _decode(text, filters, RowPlace)
    if not (0 <= place.p < 2**31 and 0 <= place.o < 2**63):
        raise Refusal("bad_cursor", "Send next_cursor as it was given.")
    return place


def encode_run_cursor(started_at: datetime, run_id: str, filters: str) -> str:
    """The same for a page of /replays."""
    return _encode(RunPlace(_micros(started_at), run_id, filters))


def decode_run_cursor(text: str, filters: str) -> RunPlace:
    """Raises Refusal bad_cursor where it is not ours, or not this client's."""
    place = _decode(text, filters, RunPlace)
    if not place.r.isprintable():
        raise Refusal("bad_cursor", "Send next_cursor as it was given.")
    return place


def filters_name(client_id: str, filters: object) -> str:
    """A short fingerprint of a client's filters."""
    content = msgspec.json.encode([client_id, filters])
    return hashlib.sha256(content).hexdigest()[:16]


def _encode(place: RowPlace | RunPlace) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _decode(text: str, filters: str, kind: type[_P]) -> _P:
    try:
        if len(text) > _MAX_CHARACTERS:
            raise ValueError("too long")
        place = msgspec.json.decode(
            base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True), type=kind
        )
        _moment(place.t)
    except (msgspec.DecodeError, binascii.Error, ValueError, OverflowError):
        raise Refusal("bad_cursor", "Send next_cursor as it was given.") from None
    if place.f != filters:
        raise Refusal("bad_cursor", "Send a cursor with the filters that it was given for.")
    return place


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
