"""Which dead letters are meant."""

import json
from dataclasses import dataclass

from cli.dead_letters.letter import Letter


@dataclass(frozen=True)
class Filters:
    """All of them narrow; None lets all pass. Times are milliseconds since 1970 UTC, `until_ms` exclusive."""

    client: str | None = None
    code: str | None = None
    customer: str | None = None
    partition: int | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    places: frozenset[str] = frozenset()

    @property
    def narrow(self) -> bool:
        """False where every letter passes."""
        return self != Filters()

    def partitions(self, count: int) -> list[int]:
        """Those of a topic of so many partitions that can hold such a letter."""
        named = {int(place.partition("/")[0]) for place in self.places}
        return [
            number
            for number in range(count)
            if self.partition in (None, number) and (not named or number in named)
        ]

    def takes(self, letter: Letter) -> bool:
        """Whether it is meant."""
        return (
            (self.client is None or letter.client == self.client)
            and (self.code is None or letter.code == self.code)
            and (self.from_ms is None or letter.at_ms >= self.from_ms)
            and (self.until_ms is None or letter.at_ms < self.until_ms)
            and (not self.places or letter.place in self.places)
            and (self.customer is None or _is_of(letter, self.customer))
        )


def _is_of(letter: Letter, customer: str) -> bool:
    """By key or, where the key is what is wrong, by the body as far as it can be read."""
    if letter.key == customer.encode():
        return True
    try:
        body = json.loads(letter.value or b"")
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and body.get("customer_id") == customer
