"""How far the sink is behind, by topic; read from another thread when somebody looks."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from schemas import topics
from stream_processor.sink.batch import Place

_NAMES = {
    topics.REQUESTS: "requests",
    topics.PREDICTIONS: "predictions",
    topics.FEEDBACK: "feedback",
    topics.DEAD_LETTERS: "dead_letters",
}


class _Taken(NamedTuple):
    """A batch: its first offset, and when the broker received its oldest record."""

    first: int
    oldest_ms: int


class SinkLag:
    """Lives as long as the process: a database that is down ends sessions, and what waits goes on waiting.

    `clock_ms` is milliseconds since 1970 UTC, as the broker stamps records.
    """

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._kept: set[Place] = set()
        self._ends: dict[Place, int] = {}
        self._stored: dict[Place, int] = {}
        self._in_hand: dict[Place, tuple[_Taken, ...]] = {}

    def keep(self, places: Iterable[Place]) -> None:
        """These are ours from now on, and no others: what is still said of another place is passed over."""
        self._kept = set(places)
        for known in (self._ends, self._stored, self._in_hand):
            for place in known.keys() - self._kept:
                del known[place]

    def ends_at(self, place: Place, end: int) -> None:
        """The last fetch told where the log ends."""
        if place in self._kept:
            self._ends[place] = end

    def taken(self, place: Place, first: int, oldest_ms: int) -> None:
        """Records from the offset `first` on are in hand; the broker received the oldest at this moment."""
        held = self._in_hand.get(place, ())
        if place in self._kept and (not held or first > held[-1].first):
            self._in_hand[place] = (*held, _Taken(first, oldest_ms))

    def stored(self, place: Place, next_offset: int) -> None:
        """PostgreSQL holds all below this offset."""
        if place not in self._kept:
            return
        self._stored[place] = next_offset
        self._in_hand[place] = tuple(
            batch for batch in self._in_hand.get(place, ()) if batch.first >= next_offset
        )

    def partitions(self) -> int:
        """How many partitions are ours and known."""
        return len(self._stored)

    def records(self) -> dict[str, float]:
        """By topic, the records that are not stored."""
        found: dict[str, float] = dict.fromkeys(_NAMES.values(), 0)
        stored = self._stored.copy()
        for place, end in self._ends.copy().items():
            found[_NAMES[place.topic]] += max(0, end - stored.get(place, end))
        return found

    def seconds(self) -> dict[str, float]:
        """By topic, the age of the oldest record in hand, 0 without one."""
        now = self._clock_ms()
        found: dict[str, float] = defaultdict(float, dict.fromkeys(_NAMES.values(), 0.0))
        for place, held in self._in_hand.copy().items():
            if held:
                name = _NAMES[place.topic]
                found[name] = max(found[name], (now - held[0].oldest_ms) / 1_000)
        return dict(found)
