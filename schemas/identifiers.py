"""Ids: of a prediction (from its transaction), a request (time-ordered), a record (from its place)."""

import hashlib
import os
import uuid
from collections.abc import Callable

_PREDICTIONS = uuid.UUID("5f3b3f1e-6f0e-5a39-9d51-8f3f5d1c7a10").bytes
_RECORDS = uuid.UUID("c1f6b0a4-2f7b-5d0e-8a3c-4f1f0e9b6d21").bytes
_VERSION_5, _VERSION_7, _VARIANT = 5 << 76, 7 << 76, 2 << 62
_CLEAR = ~((0xF << 76) | (3 << 62)) & ((1 << 128) - 1)


def _uuid5(namespace: bytes, name: bytes) -> int:
    """RFC 9562, section 5.5, as a number; `uuid.uuid5` gives the same and takes seven times as long."""
    digest = hashlib.sha1(namespace + name, usedforsecurity=False).digest()
    return int.from_bytes(digest[:16]) & _CLEAR | _VERSION_5 | _VARIANT


def text(number: int) -> str:
    """The usual 8-4-4-4-12 form."""
    pairs = number.to_bytes(16).hex("-", 2)  # 4-4-4-4-4-4-4-4
    return pairs[:4] + pairs[5:29] + pairs[30:34] + pairs[35:]


def prediction_id(client_id: str, customer_id: str, transaction_id: str) -> int:
    """UUIDv5 of a transaction. NUL separates the parts: no id may hold one, so no two triples collide."""
    return _uuid5(_PREDICTIONS, f"{client_id}\0{customer_id}\0{transaction_id}".encode())


def record_request_id(topic: str, partition: int, offset: int) -> str:
    """UUIDv5 of a record's place: the request id of a record that brings none, equal at every re-delivery."""
    return text(_uuid5(_RECORDS, f"{topic}|{partition}|{offset}".encode()))


def new_request_id(now_ms: int, random: Callable[[int], bytes] = os.urandom) -> str:
    """UUIDv7 (RFC 9562, section 5.7) of a moment in milliseconds since 1970 UTC."""
    tail = int.from_bytes(random(10)) & _CLEAR
    return text(now_ms << 80 | tail | _VERSION_7 | _VARIANT)


def signed_64(number: int) -> int:
    """The top 64 bits of a 128-bit id, as a signed integer that fits a compact array."""
    top = number >> 64
    return top - (1 << 64) if top >> 63 else top
