"""The REST model and the Kafka decoder accept and refuse the same transactions, with the same code."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.problems import Refusal
from schemas.transaction import Transaction, body_hash, canonical, decode
from schemas.transaction_model import TransactionModel

GOOD: dict[str, Any] = {
    "transaction_id": "tx-1",
    "customer_id": "c-42",
    "terminal_id": "t-7",
    "amount": 1250,
    "currency": "EUR",
    "occurred_at": "2026-11-23T12:00:00Z",
}
OPTIONAL: dict[str, Any] = {}
"""Fields that may be left out, each with a good value: none so far."""
WHOLE = GOOD | OPTIONAL
CARD = "4111 1111 1111 1111"

ids = st.text(max_size=140) | st.sampled_from(["", " ", "a\nb", CARD, "x4111111111111111", "é", "\u200b"])
numbers = (
    st.integers()
    | st.sampled_from([-1, 0, 10**12, 10**12 + 1, 2**63, 2**64])
    | st.floats(
        allow_nan=False,
        allow_infinity=False,  # not JSON: one door says "malformed", the other names the field
    )
)
currencies = st.sampled_from(["EUR", "eur", "EU", "EURO", "EUR\n", "ＥＵＲ", ""]) | st.text(max_size=4)
times = st.sampled_from(
    [
        "2026-11-23T12:00:00Z",
        "2026-11-23T12:00:00.123456789+02:00",
        "2026-11-23t12:00:00z",
        "2026-11-23 12:00:00Z",
        "2026-11-23T12:00:00",
        "2026-11-23",
        "2026-11-23T24:00:00Z",
        "2026-11-23T23:59:60Z",
        "2026-02-30T12:00:00Z",
        "2026-11-23T12:00:00+25:00",
        "0001-01-01T00:00:00Z",
        "+002026-11-23T12:00:00Z",
        "1764000000",
    ]
) | st.datetimes().map(lambda moment: moment.isoformat() + "Z")
anything: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.lists(st.integers(), max_size=2) | st.just({}) | numbers | ids
)

bodies = st.fixed_dictionaries(
    {},
    optional={
        "transaction_id": ids | anything,
        "customer_id": ids | anything,
        "terminal_id": ids | anything,
        "amount": numbers | anything,
        "currency": currencies | anything,
        "occurred_at": times | anything,
    },
)


def test_every_field_is_tried_at_both_doors() -> None:
    """An optional one too: what the properties below do not send, one door may refuse and the other take."""
    assert set(WHOLE) == set(Transaction.__struct_fields__)


def rest(body: bytes) -> Transaction | str:
    """The transaction, or the code of its refusal."""
    try:
        return TransactionModel.model_validate_json(body).transaction()
    except ValidationError as error:
        kinds = {detail["type"] for detail in error.errors()}
        if "json_invalid" in kinds or any(not detail["loc"] for detail in error.errors()):
            return "malformed"
        return "card_number" if kinds == {"card_number"} else "invalid_field"


def kafka(body: bytes) -> Transaction | str:
    """The same by the other door, which tells its first finding only."""
    try:
        return decode(body)
    except Refusal as refusal:
        return refusal.code


def agree(body: bytes) -> None:
    one, other = rest(body), kafka(body)
    if isinstance(one, Transaction) and isinstance(other, Transaction):
        assert canonical(one) == canonical(other)
    else:
        assert isinstance(one, str), (one, other)
        assert isinstance(other, str), (one, other)


@settings(max_examples=400)
@given(bodies)
@example({})
@example({"customer_id": CARD})
def test_both_doors_agree_on_any_fields(changes: dict[str, Any]) -> None:
    agree(json.dumps(GOOD | changes).encode())


@settings(max_examples=400)
@given(st.sampled_from(sorted(WHOLE)), ids | numbers | currencies | times | anything)
def test_both_doors_agree_on_one_changed_field_and_on_its_code(name: str, value: object) -> None:
    body = json.dumps(WHOLE | {name: value}).encode()
    agree(body)
    one, other = rest(body), kafka(body)
    if isinstance(one, str):
        assert one == other


@given(st.sampled_from(sorted(GOOD)))
def test_both_doors_miss_the_same_field(name: str) -> None:
    body = json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()
    assert rest(body) == kafka(body) == "invalid_field"


@settings(max_examples=300)
@given(st.binary(max_size=60))
@example(b"{}")
@example(b"[]")
@example(b"null")
@example(b'"x"')
@example(json.dumps(GOOD).encode() + b" ")
@example(json.dumps(GOOD).encode() + b"x")
@example(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
@example(json.dumps(GOOD).encode("utf-16"))
@example(b'{"amount": NaN}')
@example(json.dumps(GOOD).replace("1250", '1250, "amount": 7').encode())
@example(json.dumps(GOOD).replace("1250", "1e3").encode())
@example(json.dumps(GOOD).replace("1250", "-0").encode())
@example(json.dumps(GOOD).replace("1250", "00").encode())
@example(json.dumps(GOOD).replace("1250", "9" * 5_000).encode())
@example(json.dumps(GOOD).replace('"c-42"', '"\\ud800"').encode())
@example(json.dumps(GOOD).replace('"c-42"', '"a\\u0000"').encode())
def test_both_doors_agree_on_any_bytes(body: bytes) -> None:
    agree(body)


def test_the_hash_of_a_body_is_what_scorers_in_service_remember() -> None:
    """Were it another after an upgrade, every retry over it would be a conflict."""
    assert body_hash(decode(json.dumps(GOOD).encode())) == 6007985873305197177
