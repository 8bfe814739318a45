"""Whether a prediction may be asked for at all just now; decided before anything costly."""

from collections.abc import Callable

from ingest_api.counters import Counters
from ingest_api.lag import Lag
from ingest_api.pending import Pending
from schemas.problems import Refusal


class Admission:
    """Sheds on callers that wait and on the scorer's lag. `ready` says whether Kafka can be asked at all."""

    def __init__(
        self,
        pending: Pending,
        lag: Callable[[], Lag | None],
        ready: Callable[[], bool],
        max_lag_seconds: float,
        counters: Counters,
    ) -> None:
        self._pending = pending
        self._lag = lag
        self._ready = ready
        self._max_lag_seconds = max_lag_seconds
        self._counters = counters

    def check(self) -> None:
        """Raises Refusal: not_ready or overloaded. A lag that is not known refuses nobody."""
        if not self._ready():
            raise self._shed("not_ready", "Kafka is not reachable, or the service is starting.")
        if self._pending.full():
            raise self._shed("overloaded", "Too many requests wait for their answer.")
        lag = self._lag()
        if lag is not None and lag.seconds > self._max_lag_seconds:
            raise self._shed("overloaded", "The scorer is too far behind.")

    def _shed(self, code: str, detail: str) -> Refusal:
        self._counters.add("flowserve_api_shed_total")
        return Refusal(code, detail)
