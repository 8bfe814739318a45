"""Keeps card numbers out of what a replay says: messages may quote what somebody's file holds."""

import re

from schemas.card_numbers import holds_card_number

_MANY_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){12,}")


def discreet(text: str) -> str:
    """The text; if it holds a card number, every long run of digits is hidden."""
    return _MANY_DIGITS.sub("(hidden)", text) if holds_card_number(text) else text
