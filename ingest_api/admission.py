"""Whether a prediction may be asked for at all just now; decided before anything costly."""

import logging
from collections.abc import Callable

from ingest_api.lag import Lag
from ingest_api.pending_replies import PendingReplies
from ingest_api.settings import ApiSettings
from schemas.counters import Counters
from schemas.problems import Refusal

logger = logging.getLogger(__name__)

_TELL_SECONDS = 1.0


class Admission:
    """Sheds on callers that wait, on this process's own lateness (`late`, seconds) and on the scorer's lag.

    `ready` says whether Kafka can be asked at all.
    While answers come quickly, up to `max_pending` callers may wait, and a burst is taken as it comes. Once
    they take longer than half of `queue_seconds`, only as many may wait as are answered within that time, by
    Little's law: those who wait, divided by the answers of a second, is how long the next one would wait. Or
    `min_pending`, where that is more.
    """

    def __init__(
        self,
        pending: PendingReplies,
        lag: Callable[[], Lag | None],
        ready: Callable[[], bool],
        late: Callable[[], float],
        settings: ApiSettings,
        counters: Counters,
        clock: Callable[[], float],
    ) -> None:
        self._pending = pending
        self._lag = lag
        self._ready = ready
        self._late = late
        self._settings = settings
        self._counters = counters
        self._clock = clock
        self._untold = 0
        self._told_at = clock() - _TELL_SECONDS

    def check(self) -> None:
        """Raises Refusal: not_ready or overloaded. A lag that is not known refuses nobody."""
        if not self._ready():
            raise self._shed("not_ready", "Kafka is not reachable, or the service is starting.")
        if len(self._pending) >= self._room():
            raise self._shed("overloaded", "Too many requests wait for their answer.")
        if self._late() > self._settings.queue_seconds:
            raise self._shed("overloaded", "More requests come than can be looked at.")
        lag = self._lag()
        if lag is not None and lag.seconds > self._settings.max_lag_seconds:
            raise self._shed("overloaded", "The scorer is too far behind.")

    def _room(self) -> float:
        """How many may wait at once."""
        pace, seconds = self._pending.pace, self._settings.queue_seconds
        if pace.waited < seconds / 2:
            return self._settings.max_pending
        paced = pace.per_second() * seconds
        return min(self._settings.max_pending, max(self._settings.min_pending, paced))

    def _shed(self, code: str, detail: str) -> Refusal:
        self._counters.add("flowserve_api_shed_total")
        self._untold += 1
        now = self._clock()
        if now - self._told_at >= _TELL_SECONDS:
            logger.warning("predictions are refused: %s", detail, extra={"refused": self._untold})
            self._told_at, self._untold = now, 0
        return Refusal(code, detail)
