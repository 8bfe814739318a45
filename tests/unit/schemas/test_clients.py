"""Every reader of a `client_id` header takes the same name from it."""

import pytest

from schemas.clients import client_of


def test_a_record_without_the_header_is_the_default_clients() -> None:
    assert client_of(None) == "default"


@pytest.mark.parametrize("name", ["acme", "a.b-c_9", "x" * 64, "default"])
def test_a_possible_name_is_taken_as_it_is(name: str) -> None:
    assert client_of(name.encode()) == name


@pytest.mark.parametrize(
    "header", [b"", b"a b", b"x" * 65, "\u00e9".encode(), b"\xff", b"a\n", b"a\0b", b"4012888888881881"]
)
def test_what_cannot_be_a_name_names_nobody(header: bytes) -> None:
    assert client_of(header) is None
