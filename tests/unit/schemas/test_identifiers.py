"""Ids are the standard's, stable, and apart for whatever is apart."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from schemas import identifiers

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(NAMES, NAMES, NAMES)
def test_a_prediction_id_is_the_librarys_version_5(client: str, customer: str, transaction: str) -> None:
    space = uuid.UUID("5f3b3f1e-6f0e-5a39-9d51-8f3f5d1c7a10")
    expected = uuid.uuid5(space, f"{client}\0{customer}\0{transaction}")
    assert identifiers.text(identifiers.prediction_id(client, customer, transaction)) == str(expected)


def test_moving_a_letter_from_one_part_to_the_next_is_another_transaction() -> None:
    assert identifiers.prediction_id("ab", "c", "d") != identifiers.prediction_id("a", "bc", "d")


def test_the_id_of_a_record_is_the_same_at_every_delivery() -> None:
    assert identifiers.record_request_id("t", 1, 2) == identifiers.record_request_id("t", 1, 2)
    assert identifiers.record_request_id("t", 1, 23) != identifiers.record_request_id("t", 12, 3)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_request_id_is_a_version_7_of_its_moment(now_ms: int, tail: bytes) -> None:
    made = uuid.UUID(identifiers.new_request_id(now_ms, lambda size: tail[:size]))
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, now_ms)


@given(st.integers(0, 2**128 - 1))
def test_the_short_form_is_the_top_half_and_fits_64_bits(number: int) -> None:
    short = identifiers.signed_64(number)
    assert -(2**63) <= short < 2**63
    assert short % 2**64 == number >> 64
