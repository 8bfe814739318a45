"""Which letters go back: those that would not be refused again, each record once."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from cli.dead_letters.filters import Filters
from cli.dead_letters.letter import Letter
from cli.dead_letters.log import Note
from cli.dead_letters.plan import Terms, make_plan, why_not
from schemas import headers
from stream_processor.pipeline.clients import ClientBook
from stream_processor.redrives import redriven_headers
from tests.support.actors import NOW_MS
from tests.support.poison import VISA
from tests.support.records import NOW, rfc3339
from tests.unit.cli.dead_letters.made import STRANGER, good, letter

DAY = 86_400


def terms(clients: tuple[str, ...] = ("stranger",), most: int = 3, again: bool = False) -> Terms:
    return Terms(ClientBook(clients), 12, NOW_MS, most, again)


class OnePartition:
    """A log of letters and notes."""

    partitions = 1

    def __init__(self, *entries: Letter | Note) -> None:
        self._entries = entries

    async def read(self, partition: int, filters: Filters) -> AsyncIterator[Letter | Note]:
        for entry in self._entries:
            yield entry


async def planned(*entries: Letter | Note, again: bool = False) -> tuple[list[int], dict[str, int]]:
    plan = await make_plan(cast(Any, OnePartition(*entries)), Filters(), terms(again=again))
    return plan.chosen[0], dict(plan.left)


def test_a_letter_whose_client_is_known_by_now_goes_back() -> None:
    assert why_not(letter(good(), wire=STRANGER), terms()) is None
    again = why_not(letter(good(), wire=STRANGER), terms(clients=()))
    assert again == "would be refused again: unknown_client"


def test_a_letter_of_an_unsupported_currency_goes_back_for_the_model_of_today_to_judge() -> None:
    assert why_not(letter(good(currency="XTS")), terms()) is None


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (letter(b"{"), "would be refused again: malformed"),
        (letter(good(), key=None), "would be refused again: key_mismatch"),
        (letter(good(occurred_at=rfc3339(NOW - 41 * DAY))), "would be refused again: time_out_of_range"),
        (letter(good(), wire=[("client_id", b"two words")]), "would be refused again: unknown_client"),
        (letter(good(customer_id=VISA)), "its bytes were not kept"),
    ],
)
def test_what_would_be_refused_again_stays(made: Letter, reason: str) -> None:
    assert why_not(made, terms()) == reason


def test_a_record_goes_back_three_times_at_most() -> None:
    wire = list(STRANGER)
    for _ in range(3):
        assert why_not(letter(good(), wire=wire), terms()) is None
        wire = redriven_headers(wire, 0, 17)
    assert "redriven 3 times before" in str(why_not(letter(good(), wire=wire), terms()))
    assert why_not(letter(good(), wire=wire), terms(most=4)) is None


def test_the_headers_that_go_back_are_the_producers_with_one_count_and_one_place() -> None:
    wire = [("a", b"1"), (headers.DLQ_STAGE, b"forged"), ("a", b"2")]
    once = redriven_headers(wire, 0, 17)
    assert redriven_headers(once, 3, 99) == [
        ("a", b"1"),
        ("a", b"2"),
        (headers.REDRIVES, b"2"),
        (headers.REDRIVEN_FROM, b"3/99"),
    ]


async def test_a_noted_letter_stays_unless_it_is_asked_for_again() -> None:
    entries = letter(good(1), wire=STRANGER), letter(good(2), wire=STRANGER, offset=18, source=8)
    note = Note(17, NOW_MS)
    assert await planned(*entries, note) == ([18], {"redriven already": 1})
    assert await planned(*entries, note, again=True) == ([17, 18], {})


async def test_of_several_letters_of_one_record_the_first_goes_back() -> None:
    twice = letter(good(), wire=STRANGER), letter(good(), wire=STRANGER, offset=18)
    assert await planned(*twice) == ([17], {"another letter of the same record": 1})
