"""From bytes to a transaction or a refusal: the right code, every bad field, never a value of the caller."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.validation import read_batch, read_transaction
from schemas.problems import Refusal

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
GOOD = {
    "transaction_id": "tx-1",
    "customer_id": "c-42",
    "terminal_id": "t-7",
    "amount": 1250,
    "currency": "EUR",
    "occurred_at": "2026-11-23T12:00:00Z",
}
CARD = "4111 1111 1111 1111"


def body(**changes: Any) -> bytes:  # noqa: ANN401
    return json.dumps({**GOOD, **changes}).encode()


def refused(content: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_transaction(content, NOW)
    return caught.value


def test_a_good_body_is_a_transaction() -> None:
    transaction = read_transaction(body(), NOW)
    assert transaction.amount == 1250
    assert transaction.occurred_at == datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"nul", b'{"a":1}x', b"[" * 5_000, b"NaN"])
def test_what_is_not_json_is_malformed(content: bytes) -> None:
    assert refused(content).code == "malformed"


@pytest.mark.parametrize("content", [b"[]", b"1", b"null", b'"text"', b"true"])
def test_json_that_is_no_object_is_malformed(content: bytes) -> None:
    assert refused(content).code == "malformed"


def test_no_body_is_empty_and_an_endless_one_too_large() -> None:
    assert refused(b"").code == "empty"
    assert refused(body(x="a" * 70_000)).code == "too_large"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": -1}, "/amount"),
        ({"amount": 10**12 + 1}, "/amount"),
        ({"amount": "5"}, "/amount"),
        ({"amount": 1.0}, "/amount"),
        ({"amount": True}, "/amount"),
        ({"amount": None}, "/amount"),
        ({"currency": "eur"}, "/currency"),
        ({"currency": "EURO"}, "/currency"),
        ({"currency": "EUR\n"}, "/currency"),
        ({"customer_id": ""}, "/customer_id"),
        ({"customer_id": "x" * 129}, "/customer_id"),
        ({"customer_id": "a\u0000b"}, "/customer_id"),
        ({"occurred_at": "2026-11-23T12:00:00"}, "/occurred_at"),
        ({"occurred_at": 1_764_000_000}, "/occurred_at"),
        ({"occurred_at": "yesterday"}, "/occurred_at"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_bad_field_is_named_by_its_pointer(changes: dict[str, Any], pointer: str) -> None:
    refusal = refused(body(**changes))
    assert refusal.code == "invalid_field"
    assert [error.pointer for error in refusal.errors] == [pointer]


def test_every_bad_field_is_told_at_once() -> None:
    pointers = {error.pointer for error in refused(b"{}").errors}
    assert pointers == {"/" + name for name in GOOD}


@pytest.mark.parametrize("name", ["transaction_id", "customer_id", "terminal_id"])
def test_a_card_number_has_its_own_code_and_is_not_repeated(name: str) -> None:
    refusal = refused(body(**{name: CARD}))
    assert refusal.code == "card_number"
    assert [error.pointer for error in refusal.errors] == ["/" + name]
    assert "4111" not in repr(refusal.errors)


def test_the_name_of_an_unknown_field_is_only_repeated_where_it_can_hold_nothing() -> None:
    refusal = refused(body(**{"4111111111111111": 1, "<script>": 2, "note": 3}))
    assert sorted(error.pointer for error in refusal.errors) == ["", "", "/note"]


@pytest.mark.parametrize(
    "moment", ["2026-11-23T12:05:01Z", "2026-10-14T11:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_a_time_out_of_range_is_refused_by_the_clock_that_is_given(moment: str) -> None:
    refusal = refused(body(occurred_at=moment))
    assert (refusal.code, refusal.errors[0].pointer) == ("time_out_of_range", "/occurred_at")


def test_in_a_batch_the_pointer_leads_into_the_batch() -> None:
    with pytest.raises(Refusal) as caught:
        read_transaction(body(amount=-1), NOW, "/transactions/3")
    assert caught.value.errors[0].pointer == "/transactions/3/amount"
    with pytest.raises(Refusal) as caught:
        read_transaction(body(occurred_at="2020-01-01T00:00:00Z"), NOW, "/transactions/4")
    assert caught.value.errors[0].pointer == "/transactions/4/occurred_at"


def test_the_items_of_a_batch_stay_as_they_are() -> None:
    assert read_batch(b'{"transactions": [ {"a" : 1}, 2, "x" ]}') == [b'{"a" : 1}', b"2", b'"x"']


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"[]", "malformed"),
        (b"{", "malformed"),
        (b'{"transactions": [1', "malformed"),
        (b"{}", "invalid_field"),
        (b'{"transactions": {}}', "invalid_field"),
        (b'{"transactions": []}', "invalid_field"),
        (b'{"transactions": [1], "more": 1}', "invalid_field"),
        (json.dumps({"transactions": [1] * 101}).encode(), "invalid_field"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_batch(content)
    assert caught.value.code == code


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    with pytest.raises(Refusal):
        read_transaction(content, NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_no_value_in_any_field_does_more_than_be_refused(value: object) -> None:
    for name in GOOD:
        with contextlib.suppress(Refusal):
            read_transaction(body(**{name: value}), NOW)
