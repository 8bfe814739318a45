"""How far the sink is behind, by topic; read from another thread when somebody looks."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from schemas import topics
from stream_processor.sink.batch import Place

_NAMES = {
    topics.REQUESTS: "requests",
    topics.PREDICTIONS: "predictions",
    topics.FEEDBACK: "feedback",
    topics.DEAD_LETTERS: "dead_letters",
}


class SinkLag:
    """Lives as long as the process: a database that is down ends sessions, and what waits goes on waiting.

    `clock_ms` is milliseconds since 1970 UTC, as the broker stamps records.
    """

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._ends: dict[Place, int] = {}
        self._stored: dict[Place, int] = {}
        self._waits_since: dict[Place, int] = {}

    def keep(self, places: Iterable[Place]) -> None:
        """These are ours from now on, and no others."""
        kept = set(places)
        for known in (self._ends, self._stored, self._waits_since):
            for place in known.keys() - kept:
                del known[place]

    def ends_at(self, place: Place, end: int) -> None:
        """The last fetch told where the log ends."""
        self._ends[place] = end

    def taken(self, place: Place, oldest_ms: int) -> None:
        """Records are in hand, the oldest of which the broker received at this moment."""
        self._waits_since.setdefault(place, oldest_ms)

    def stored(self, place: Place, next_offset: int) -> None:
        """PostgreSQL holds all below this offset."""
        self._stored[place] = next_offset
        self._waits_since.pop(place, None)

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
        for place, since in self._waits_since.copy().items():
            name = _NAMES[place.topic]
            found[name] = max(found[name], (now - since) / 1_000)
        return dict(found)
