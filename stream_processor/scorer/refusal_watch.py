"""Watches a partition's refusals: an alarm where they are most that comes, a stop where the fault is ours."""

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence

from schemas.counters import Counters
from stream_processor.pipeline.results import Result

log = logging.getLogger(__name__)

_MOST_FAILED_IN_A_ROW = 20
_WINDOW = 1_000
_FEWEST = 100
_ALARM_MS = 60_000


class BrokenScorer(Exception):
    """Every request fails inside the scorer, so nothing of the batch is decided. Look at the model."""


class RefusalWatch:
    """Of one partition. `clock_ms` is milliseconds since 1970 UTC."""

    def __init__(self, partition: int, counters: Counters, clock_ms: Callable[[], int]) -> None:
        self._partition = partition
        self._counters = counters
        self._clock_ms = clock_ms
        self._last: deque[str | None] = deque(maxlen=_WINDOW)
        self._refused = 0
        self._alarmed_at = -_ALARM_MS
        self._failed_in_a_row = 0

    def check(self, results: Sequence[Result]) -> None:
        """A record that fails alone is poison; if all fail, it is the scorer that is broken: BrokenScorer."""
        for entry in results:
            failed = entry.refused is not None and entry.refused.code == "internal_error"
            self._failed_in_a_row = self._failed_in_a_row + 1 if failed else 0
            if self._failed_in_a_row >= _MOST_FAILED_IN_A_ROW:
                raise BrokenScorer(f"{self._failed_in_a_row} requests in a row failed: {entry.refused}")

    def note(self, results: Sequence[Result]) -> None:
        """Takes a batch that is durable; an alarm a minute while most of the last requests were refused.

        It only tells: the good requests between the bad ones are served as ever.
        """
        for entry in results:
            if len(self._last) == _WINDOW:
                self._refused -= self._last[0] is not None
            self._last.append(None if entry.refused is None else entry.refused.code)
            self._refused += entry.refused is not None
        seen = len(self._last)
        if seen >= _FEWEST and self._refused * 2 > seen:
            self._alarm(seen)

    def _alarm(self, seen: int) -> None:
        now = self._clock_ms()
        if now - self._alarmed_at < _ALARM_MS:
            return
        self._alarmed_at = now
        self._counters.add("flowserve_scorer_refusal_alarms_total")
        log.error(
            "most requests of a partition are refused; see `flowserve dlq list --partition %s`",
            self._partition,
            extra={
                "partition": self._partition,
                "refused": self._refused,
                "of_the_last": seen,
                "codes": dict(Counter(code for code in self._last if code is not None).most_common()),
            },
        )
