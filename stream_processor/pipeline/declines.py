"""How often the model wants to decline, and the limit beyond which a person decides in its place.

A bad model, or bad data, could decline everybody within seconds. What is counted is what the model wanted,
not what was answered, so that the limit lets go by itself once the model is calm again. Counts are a fold
over the scored records of a partition in the order of its log, by minute of broker time, and hang on no
setting: whoever owns the partition, however often it was rebuilt, decides the same.
"""

from typing import NamedTuple

KEPT_MINUTES = 60
_MINUTE_MS = 60_000

Minutes = dict[int, tuple[int, int]]
"""By minute since 1970 UTC: how many were scored, and how many of them the model wanted to decline."""


class DeclineLimit(NamedTuple):
    """Of the scored requests of the last `minutes` at most a `share` is declined, once they are `fewest`."""

    share: float
    minutes: int
    fewest: int


class Declines:
    """Of one partition, the last hour of broker time."""

    def __init__(self, minutes: Minutes | None = None) -> None:
        self._minutes: Minutes = minutes if minutes is not None else {}

    def copy(self) -> "Declines":
        """Another one, to be changed by itself."""
        return Declines(self._minutes.copy())

    def content(self) -> Minutes:
        """What another one is made of to be equal to this one."""
        return self._minutes.copy()

    def note(self, received_ms: int, declined: bool) -> None:
        """A request that the broker received at `received_ms` was scored."""
        minute = received_ms // _MINUTE_MS
        known = self._minutes.get(minute)
        if known is None:
            self._forget(minute)
            known = (0, 0)
        self._minutes[minute] = (known[0] + 1, known[1] + declined)

    def beyond(self, limit: DeclineLimit, received_ms: int) -> tuple[int, int] | None:
        """How many were scored and to be declined, if the limit is passed at that moment; else None."""
        last = received_ms // _MINUTE_MS
        scored = declined = 0
        for minute, (some, of_them) in self._minutes.items():
            if last - limit.minutes < minute <= last:
                scored, declined = scored + some, declined + of_them
        passed = scored >= limit.fewest and declined > limit.share * scored
        return (scored, declined) if passed else None

    def _forget(self, newest: int) -> None:
        old = [minute for minute in self._minutes if minute <= newest - KEPT_MINUTES]
        for minute in old:
            del self._minutes[minute]
