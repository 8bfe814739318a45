"""What an operator reads of a dead letter, and which letters a filter means."""

import json

import pytest

from cli.dead_letters import show
from cli.dead_letters.filters import Filters
from schemas import headers
from tests.support.actors import NOW_MS
from tests.support.poison import VISA
from tests.unit.cli.dead_letters.made import STRANGER, good, letter


def test_a_letter_knows_whose_it_is_what_is_wrong_and_where_it_came_from() -> None:
    made = letter(good(), wire=STRANGER)
    assert (made.place, made.client, made.code) == ("0/17", "stranger", "unknown_client")
    assert (made.attempts, made.redrives, made.source) == (1, 0, (0, 7))
    assert (made.theirs, made.value) == (list(STRANGER), good())


def test_a_producers_own_dlq_headers_change_nothing() -> None:
    forged = [(headers.DLQ_CLIENT, b"default"), (headers.DLQ_PAYLOAD, b"hmac"), ("a", b"b")]
    made = letter(good(), wire=[*STRANGER, *forged])
    assert (made.client, made.bytes_gone) == ("stranger", False)


@pytest.mark.parametrize(
    ("filters", "taken"),
    [
        (Filters(), True),
        (Filters(client="stranger", code="unknown_client", customer="c-1"), True),
        (Filters(client="default"), False),
        (Filters(code="malformed"), False),
        (Filters(customer="c-2"), False),
        (Filters(from_ms=NOW_MS, until_ms=NOW_MS + 1), True),
        (Filters(until_ms=NOW_MS), False),
        (Filters(from_ms=NOW_MS + 1), False),
        (Filters(places=frozenset({"0/17"})), True),
        (Filters(places=frozenset({"0/18"})), False),
    ],
)
def test_filters_narrow(filters: Filters, taken: bool) -> None:
    assert filters.takes(letter(good(), wire=STRANGER)) is taken


def test_a_customer_is_found_by_the_body_where_the_key_is_what_is_wrong() -> None:
    assert Filters(customer="c-1").takes(letter(good(), key=b"another"))
    assert not Filters(customer="c-1").takes(letter(b"[" * 10_000, key=None))


def test_only_the_partitions_that_can_hold_a_letter_are_read() -> None:
    assert Filters(partition=2).partitions(4) == [2]
    assert Filters(places=frozenset({"1/7", "3/9"})).partitions(4) == [1, 3]
    assert Filters().partitions(2) == [0, 1]


def test_nothing_of_a_letter_can_move_the_terminal() -> None:
    made = letter(b'{"\x1b[2Jx\r\n', key=b"\x1b]0;title\x07", wire=[("no\x1bte", b"\x07\xff")])
    for text in (show.page(made), show.table([made], {}, 1_000)):
        assert all(character.isprintable() or character == "\n" for character in text)
    assert r"\x1b[2Jx" in show.page(made)


def test_a_letter_without_its_bytes_says_why() -> None:
    made = letter(b"{" + VISA.encode())
    assert made.bytes_gone
    text = show.page(made)
    assert "Its bytes were not kept" in text
    assert VISA not in text + json.dumps(show.as_whole_dict(made))


def test_a_long_payload_is_cut_and_json_has_every_byte() -> None:
    made = letter(b"x" * 60_000)
    assert "characters more; --json has every byte" in show.page(made)
    whole = show.as_whole_dict(made)
    assert len(str(whole["value"])) == 80_000
