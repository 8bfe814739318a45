"""Card numbers are found in any usual spelling, and ids that only look like one pass."""

import random
import uuid

import pytest

from schemas.card_numbers import holds_card_number

# The brands' public test numbers.
CARDS = {
    "Visa": "4111111111111111",
    "Visa, 13 digits": "4222222222222",
    "Visa, 19 digits": "4000000000000000006",
    "Mastercard": "5555555555554444",
    "Mastercard, 2 series": "2223003122003222",
    "American Express": "378282246310005",
    "Diners Club": "30569309025904",
    "Discover": "6011111111111117",
    "JCB": "3530111333300000",
    "UnionPay": "6200000000000005",
    "Maestro": "6759649826438453",
}
EVERY_BRAND = pytest.mark.parametrize("number", CARDS.values(), ids=CARDS.keys())


def grouped(number: str, separator: str) -> str:
    return separator.join(number[place : place + 4] for place in range(0, len(number), 4))


@EVERY_BRAND
def test_every_brand_is_found_plain_and_in_groups_and_within_text(number: str) -> None:
    for text in (number, grouped(number, " "), grouped(number, "-"), f"card:{number}.", f"x{number}y"):
        assert holds_card_number(text), text


@EVERY_BRAND
def test_a_wrong_check_digit_is_no_card_number(number: str) -> None:
    assert not holds_card_number(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "text",
    [
        "1234567812345678",
        "4111111111111112",
        "9111111111111111",
        "41111111111111",  # Visa has no such length
        "0" * 16,
        "1795000000000",
        "2026-11-23T12:00:00.000000Z",
        "tx-000000000001",
        "941111111111111111119999",
    ],
)
def test_other_runs_of_digits_pass(text: str) -> None:
    assert not holds_card_number(text)


def test_a_random_uuid_without_a_long_run_of_digits_passes() -> None:
    assert not holds_card_number("0193a5f0-7b1c-7c3d-8e4f-0123456789ab")


def test_uuids_pass() -> None:
    chance = random.Random(1)
    ids = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(20_000)]
    assert [one for one in ids if holds_card_number(str(one)) or holds_card_number(one.hex)] == []


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111 12/28",
        "4111111111111111 123",
        "1-4111111111111111",
        "12 4111 1111 1111 1111",
        "4111111111111111-01",
        "card4111111111111111",
        "abcdef4111111111111111",
        "9f86d081884c7d659a2feaa0c55ad015 4111111111111111",
    ],
)
def test_a_card_number_beside_other_digits_is_found(text: str) -> None:
    assert holds_card_number(text)


def test_a_long_text_is_searched_in_little_time() -> None:
    assert not holds_card_number("1 " * 500_000)
    assert not holds_card_number("4" * 1_000_000)


def test_digits_in_a_hexadecimal_id_count_only_where_leaving_it_out_costs_nothing() -> None:
    trace = "a" * 16 + "4111111111111111"
    assert not holds_card_number(trace)
    assert holds_card_number(trace, even_in_ids=True)
