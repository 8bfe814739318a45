"""How quickly answers come: how many a second, and after which wait."""

import math
from collections.abc import Callable

_MEMORY_SECONDS = 0.5
_FRESH_SECONDS = 2.0
_NEWEST = 0.1


class AnswerPace:
    """A rate whose past fades within about half a second. `clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rate = 0.0
        self._at = -math.inf
        self._waited = 0.0
        self._waited_at = -math.inf

    def note(self, waited: float) -> None:
        """One more answer, after so many seconds."""
        self._rate = self.per_second() + 1 / _MEMORY_SECONDS
        self._at = self._clock()
        self.gave_up(waited)

    def gave_up(self, waited: float) -> None:
        """A caller waited so many seconds, for nothing if no answer is noted."""
        self._waited = self.waited + _NEWEST * (waited - self.waited)
        self._waited_at = self._clock()

    def per_second(self) -> float:
        """The rate of now."""
        return self._rate * math.exp((self._at - self._clock()) / _MEMORY_SECONDS)

    @property
    def waited(self) -> float:
        """How long the latest dozen of callers waited, seconds; 0 if the last of them is long gone."""
        return self._waited if self._clock() - self._waited_at < _FRESH_SECONDS else 0.0
