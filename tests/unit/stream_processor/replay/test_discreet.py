"""A replay repeats no card number."""

import pytest

from stream_processor.replay.discreet import discreet

CARD = "4111111111111111"


@pytest.mark.parametrize("card", [CARD, "4111 1111 1111 1111", "4111-1111-1111-1111"])
def test_a_card_number_is_hidden_and_the_rest_of_the_sentence_is_not(card: str) -> None:
    assert discreet(f"row 5: 6 columns, got 3: e,{card},t") == "row 5: 6 columns, got 3: e,(hidden),t"


@pytest.mark.parametrize("text", ["1,795,000,000 rows", "2026-11-01T00:00:00Z", "run 4111111111111112", ""])
def test_other_numbers_stay(text: str) -> None:
    assert discreet(text) == text
