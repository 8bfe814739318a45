"""Poison by kind (P01 to P24): records that no door should let through, each with the code it must get."""

import json
import pickle
from dataclasses import dataclass, replace

from tests.support.records import NOW, Wire, body

VISA = "4111111111111111"
SECRET = "SENSITIVE-VALUE"
DAY = 86_400


@dataclass(frozen=True)
class Poison:
    """A record's parts and what must become of it: a problem code, or "scored"."""

    kind: str
    value: bytes | None
    code: str
    key: bytes | None = b"c-1"
    wire: Wire = ()


def _json(**changes: object) -> bytes:
    return json.dumps({**body(77), **changes}).encode()


def _replaced(old: str, new: str) -> bytes:
    return _json().decode().replace(old, new).encode()


def _without(field: str) -> bytes:
    return json.dumps({name: value for name, value in body(77).items() if name != field}).encode()


POISON = (
    Poison("P01 null value", None, "empty"),
    Poison("P02 empty bytes", b"", "empty"),
    Poison("P03 invalid UTF-8", _replaced("t-1", "t-@").replace(b"@", b"\xff"), "malformed"),
    Poison("P03 UTF-16", _json().decode().encode("utf-16"), "malformed"),
    Poison("P04 truncated JSON", _json()[:-5], "malformed"),
    Poison("P04 only spaces", b"   ", "malformed"),
    Poison("P05 a list", b"[]", "malformed"),
    Poison("P05 null", b"null", "malformed"),
    Poison("P05 a string", b'"text"', "malformed"),
    Poison("P06 deep list", b"[" * 10_000, "malformed"),
    Poison("P06 deep object", b'{"a":' * 10_000, "malformed"),
    Poison(
        "P06 deep unknown field",
        _json()[:-1] + b', "z": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        "malformed",
    ),
    Poison("P07 duplicate keys", _replaced('"amount":', '"amount": 1, "amount":'), "scored"),
    Poison("P08 NaN", _replaced("1250", "NaN"), "malformed"),
    Poison("P08 Infinity", _replaced("1250", "Infinity"), "malformed"),
    Poison("P08 1e400", _replaced("1250", "1e400"), "invalid_field"),
    Poison("P09 beyond 64 bits", _replaced("1250", str(2**63)), "invalid_field"),
    Poison("P09 far beyond 64 bits", _replaced("1250", "9" * 400), "invalid_field"),
    Poison("P09 negative", _json(amount=-1), "invalid_field"),
    Poison("P10 missing field", _without("terminal_id"), "invalid_field"),
    Poison("P11 number as text", _json(amount=SECRET), "invalid_field"),
    Poison("P11 truth for a number", _json(amount=True), "invalid_field"),
    Poison("P11 fraction", _json(amount=12.5), "invalid_field"),
    Poison("P11 object for an id", _json(customer_id={"a": SECRET}), "invalid_field"),
    Poison("P11 local time", _json(occurred_at="2026-11-23T12:00:00"), "invalid_field"),
    Poison("P11 no time", _json(occurred_at=SECRET), "invalid_field"),
    Poison("P11 currency in small letters", _json(currency="eur"), "invalid_field"),
    Poison("P11 unknown currency", _json(currency="XTS"), "unsupported_currency"),
    Poison("P12 unknown fields", _json(extra=[1, {"a": 2}]), "scored"),
    Poison("P13 schema version", _json(schema_version=99), "scored"),
    Poison("P14 model", _json(model="no-such-model"), "scored"),
    Poison("P15 null key", _json(), "key_mismatch", key=None),
    Poison("P15 empty key", _json(), "key_mismatch", key=b""),
    Poison("P16 another key", _json(), "key_mismatch", key=b"c-2"),
    Poison("P17 huge customer_id", _json(customer_id="c" * 10_000), "invalid_field", key=b"c" * 10_000),
    Poison("P17 empty customer_id", _json(customer_id=""), "invalid_field", key=b""),
    Poison("P18 huge string", _json(terminal_id="t" * 900_000), "too_large"),
    Poison("P19 NUL", _json(customer_id="c\0"), "invalid_field", key=b"c\0"),
    Poison("P19 lone surrogate", _replaced("t-1", "\\ud800"), "malformed"),
    Poison("P19 right-to-left override", _json(terminal_id="t\u202e1"), "invalid_field"),
    Poison("P20 1970", _json(occurred_at="1970-01-01T00:00:00Z"), "time_out_of_range"),
    Poison("P20 9999", _json(occurred_at="9999-12-31T23:59:59-23:59"), "time_out_of_range"),
    Poison("P20 year 1", _json(occurred_at="0001-01-01T00:00:00+23:59"), "time_out_of_range"),
    Poison("P23 pickle", pickle.dumps(body(77)), "malformed"),
    Poison("P24 blessed key", _json(__faust={"ns": "os.system"}), "scored"),
    Poison("card number", _json(customer_id=VISA), "card_number", key=VISA.encode()),
    Poison("card number as amount", _replaced("1250", VISA), "invalid_field"),
    Poison("card number, not JSON", b"pan=" + VISA.encode(), "malformed"),
    Poison("unknown client", _json(), "unknown_client", wire=[("client_id", b"nobody-knows-me")]),
    Poison("impossible client", _json(), "unknown_client", wire=[("client_id", b"no such\nclient")]),
    Poison("client that is too long", _json(), "unknown_client", wire=[("client_id", b"c" * 65)]),
    Poison("P21 bad request id", _json(), "scored", wire=[("request_id", b"\xff" * 36)]),
    Poison("P21 huge headers", _json(), "scored", wire=[("correlation_id", b"x" * 200_000)]),
    Poison("P21 a thousand headers", _json(), "scored", wire=[("source", b"rest")] * 1_000),
    Poison(
        "P22 reply partition", _json(), "scored", wire=[("correlation_id", b"x"), ("reply_partition", b"99")]
    ),
)


def poison(at: int = NOW) -> list[Poison]:
    """All kinds as of a moment, in seconds; each has its own transaction id."""
    stale, fresh = (body(0, at=moment)["occurred_at"].encode() for moment in (NOW, at))

    def renewed(value: bytes | None, place: int) -> bytes | None:
        return value and value.replace(stale, fresh).replace(b'"tx-77"', f'"odd-{place}"'.encode())

    return [replace(entry, value=renewed(entry.value, place)) for place, entry in enumerate(POISON)]
