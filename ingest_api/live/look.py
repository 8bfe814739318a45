"""What one look sees: the health of every part, the newest figures, what was just reviewed or declined."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from ingest_api.health import Readiness
from ingest_api.lag import Lag, LagBook
from ingest_api.rows import LogEntry, log_entry
from ingest_api.series import Series, series
from ingest_api.store import Store
from schemas.problems import Refusal

STEP_SECONDS = 2
# Rows come out of order and a little late: every look counts the last steps anew, and a reader replaces them.
_FIGURES = timedelta(seconds=5 * STEP_SECONDS)
_FLAGGED = timedelta(seconds=60)
_MOST_FLAGGED = 100
_BACKLOG = timedelta(days=1)
_MOST_BACKLOG = 50


class Behind(msgspec.Struct, frozen=True):
    """How far a reader of the requests is behind their end; seconds that the oldest has waited."""

    records: int
    seconds: float


class State(msgspec.Struct, frozen=True):
    """`health` as /health/ready says; `scorer` and `sink` are null while nobody knows."""

    at: datetime
    health: Readiness
    scorer: Behind | None
    sink: Behind | None


class Look(msgspec.Struct, frozen=True):
    """`figures` is None where the database does not answer."""

    state: State
    figures: Series | None
    flagged: list[LogEntry]


Looker = Callable[[str], Awaitable[Look]]


class SinkBook:
    """How far the sink is behind. `clock` is monotonic seconds; `ends` are the requests' end offsets."""

    def __init__(self, ends: Callable[[], Mapping[int, int] | None], clock: Callable[[], float]) -> None:
        self._ends = ends
        self._clock = clock
        self._book = LagBook()

    def behind(self, stored: Mapping[int, int]) -> Behind | None:
        """From the next offset to store of every partition."""
        ends = self._ends()
        if ends is None:
            return None
        lag = self._book.observe(self._clock(), ends, stored)
        return Behind(lag.records, lag.seconds)


class Eye:
    """Looks for one client at a time; `now` is UTC."""

    def __init__(
        self,
        store: Store,
        readiness: Callable[[], Readiness],
        lag: Callable[[], Lag | None],
        sink: SinkBook,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._readiness = readiness
        self._lag = lag
        self._sink = sink
        self._now = now
        self._late = timedelta()

    async def look(self, client_id: str) -> Look:
        """Never raises for want of the database: the state says what is missing."""
        try:
            rows = await self._store.series(client_id, _FIGURES, STEP_SECONDS)
            flagged = await self._store.flagged(client_id, _FLAGGED + self._late, _MOST_FLAGGED)
            sink = self._sink.behind(await self._store.stored_offsets())
        except Refusal:
            return Look(self.state(None), None, [])
        # What is stored until the next look may be as old as the oldest that waits now.
        self._late = timedelta(seconds=min(sink.seconds, _BACKLOG.total_seconds()) if sink else 0)
        figures = series(rows, _FIGURES, STEP_SECONDS, self._now())
        return Look(self.state(sink), figures, [log_entry(row) for row in flagged])

    async def backlog(self, client_id: str) -> list[LogEntry]:
        """What was reviewed or declined within a day, newest first. Raises Refusal store_unavailable."""
        return [log_entry(row) for row in await self._store.flagged(client_id, _BACKLOG, _MOST_BACKLOG)]

    def state(self, sink: Behind | None) -> State:
        """What this process knows by itself."""
        lag = self._lag()
        scorer = Behind(lag.records, lag.seconds) if lag is not None else None
        return State(self._now(), self._readiness(), scorer, sink)
