"""How fast something grows, looked at from outside: the same clock for FlowServe and its floors."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from local_stack.process import Process

# What lies before is start-up, and after it some partitions have run dry.
_FROM, _TO = 0.1, 0.95
_EVERY_SECONDS = 0.05

Check = Callable[[], None]
Looks = list[tuple[float, int]]
"""(monotonic seconds, how many) at each look."""


class Watch:
    """Looks at the end of a topic. Use as a context."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        self._places = [TopicPartition(topic, number) for number in range(partitions)]

    async def __aenter__(self) -> "Watch":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def total(self) -> int:
        """Records ever written."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._places)
        return sum(ends.values())

    async def until(self, expected: int, seconds: float, check: Check) -> Looks:
        """As `look_until`."""
        return await look_until(self.total, expected, seconds, check)


async def look_until(
    total: Callable[[], Awaitable[int]], expected: int, seconds: float, check: Check
) -> Looks:
    """Until `expected` are there. `check` raises once waiting is useless. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    looks: Looks = []
    while not looks or looks[-1][1] < expected:
        check()
        looks.append((time.monotonic(), await total()))
        if looks[-1][0] > deadline:
            raise TimeoutError(f"{looks[-1][1]:,} of {expected:,} within {seconds:.0f} s")
        await asyncio.sleep(_EVERY_SECONDS)
    return looks


def rate(looks: Looks) -> float:
    """How many a second, in the middle of what was seen. Raises ValueError where it went by in one look."""
    expected = looks[-1][1]
    first = next(look for look in looks if look[1] >= _FROM * expected)
    last = next(look for look in looks if look[1] >= _TO * expected)
    if last[0] <= first[0]:
        raise ValueError("too few records to measure a rate")
    return (last[1] - first[1]) / (last[0] - first[0])


def alive(*processes: Process) -> Check:
    """Raises once one of them has ended, and says how."""

    def check() -> None:
        for process in processes:
            if not process.alive:
                last = "\n".join(process.log_tail())
                raise RuntimeError(f"{process.name} ended with exit code {process.exit_code}:\n{last}")

    return check
