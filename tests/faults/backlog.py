"""What a watch makes of the offsets it sees: how long something has waited, and how much traffic that was."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

Offsets = dict[int, int]


@dataclass(frozen=True)
class Growth:
    """An end that was seen first `at` a look, in monotonic seconds."""

    at: float
    end: int


class Backlog:
    """For how long the oldest thing that is not done has waited."""

    def __init__(self) -> None:
        self._seen: dict[int, deque[Growth]] = {}

    def seconds(self, at: float, ends: Offsets, done: Offsets) -> float:
        """One look; an end is as old as the look that saw it first."""
        for partition, end in ends.items():
            seen = self._seen.setdefault(partition, deque())
            if not seen or end > seen[-1].end:
                seen.append(Growth(at, end))
            while seen and seen[0].end <= done.get(partition, 0):
                seen.popleft()
        return max((at - seen[0].at for seen in self._seen.values() if seen), default=0.0)


class Arrivals:
    """When offsets came, as exactly as the looks were close to each other."""

    def __init__(self) -> None:
        self._seen: dict[int, list[Growth]] = {}

    def look(self, at: float, ends: Offsets) -> None:
        """One look at the ends of the log."""
        for partition, end in ends.items():
            seen = self._seen.setdefault(partition, [])
            if not seen or end > seen[-1].end:
                seen.append(Growth(at, end))

    def seconds(self, after: Offsets, until: Offsets) -> float:
        """Seconds of traffic at most in one partition from the offset `after` to the last before `until`."""
        spans = (
            self._came(partition, end - 1) - self._came(partition, after.get(partition, 0))
            for partition, end in until.items()
            if end > after.get(partition, 0)
        )
        return max(spans, default=0.0)

    def _came(self, partition: int, offset: int) -> float:
        seen = self._seen[partition]
        return seen[min(bisect_right(seen, offset, key=lambda growth: growth.end), len(seen) - 1)].at


def calm_since(lags: Iterable[tuple[float, float]], after: float, seconds: float) -> float | None:
    """The first moment after which nothing was a second behind for so many seconds, if there is one yet.

    Nothing is known of a second without a look: what came in it is seen as new by the next one.
    """
    since: float | None = None
    last = after
    for at, lag in lags:
        if at < after:
            continue
        blind, last = at - last >= 1, at
        if lag >= 1 or blind:
            since = None
        elif since is None:
            since = at
        elif at - since >= seconds:
            return since
    return None
