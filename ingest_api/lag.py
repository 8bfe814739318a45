"""How far the scorer is behind, per partition: in records, and in seconds of waiting."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

# At two looks a second: ten minutes. Beyond that the newest looks are merged, which overstates the lag.
_MAX_HISTORY = 1_200


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition's lag."""

    partition: int
    records: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Lag:
    """All partitions' lag: the sum of records, the worst of seconds."""

    records: int
    seconds: float
    partitions: tuple[PartitionLag, ...]


class LagBook:
    """Remembers when each end offset was first seen; what lies between it and the commit has waited since."""

    def __init__(self) -> None:
        self._seen: dict[int, deque[tuple[float, int]]] = {}

    def observe(self, at: float, ends: Mapping[int, int], committed: Mapping[int, int]) -> Lag:
        """One look at every partition, at a monotonic time in seconds. An absent commit counts as 0."""
        partitions = tuple(
            self._observe(at, partition, end, committed.get(partition, 0))
            for partition, end in sorted(ends.items())
        )
        return Lag(
            sum(each.records for each in partitions),
            max((each.seconds for each in partitions), default=0.0),
            partitions,
        )

    def _observe(self, at: float, partition: int, end: int, committed: int) -> PartitionLag:
        seen = self._seen.setdefault(partition, deque())
        if seen and end < seen[-1][1]:
            seen.clear()  # the log was recreated
        while seen and seen[0][1] <= committed:
            seen.popleft()
        if end > committed and (not seen or end > seen[-1][1]):
            if len(seen) >= _MAX_HISTORY:
                at_then, _ = seen.pop()
                seen.append((at_then, end))
            else:
                seen.append((at, end))
        return PartitionLag(partition, max(0, end - committed), round(at - seen[0][0], 3) if seen else 0.0)
