"""Processes that come and go under load: a rolling restart of all, and scorers from one to three to two."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from schemas.topics import PREDICTIONS, REQUESTS
from tests.faults.crew import Member
from tests.faults.rest_load import RestLoad
from tests.overload.installation import PARTITIONS, Installation
from tests.support import logs
from tests.support.waiting import until

_CALLERS = 12
_LOOK_SECONDS = 1.0
_DRAIN_SECONDS = 120
_SETTLE_SECONDS = 20.0
STOP_LIMIT_SECONDS = 25.0
WINDOW_SECONDS = 30.0


class Life:
    """Traffic of callers who keep to the contract, and a look at the log every second."""

    def __init__(self, installation: Installation, per_second: float) -> None:
        self._installation = installation
        urls = [f"http://127.0.0.1:{port}" for port in installation.ports]
        self._load = RestLoad(urls, installation.key, 1, datetime.now(UTC), _CALLERS, per_second)
        self._decided: list[tuple[float, int]] = []
        self._stops: list[dict[str, Any]] = []

    async def rolling_restart(self) -> dict[str, Any]:
        """Every process once: SIGTERM, and a new start before the next is stopped."""
        return await self._under_load(self._restart_all)

    async def scale(self) -> dict[str, Any]:
        """One scorer, three, two."""
        return await self._under_load(self._one_three_two)

    async def _restart_all(self) -> None:
        for member in list(self._installation.crew.members.values()):
            await self._stop(member)
            self._installation.crew.start(member)
            for port in self._installation.ports:
                await self._installation.ready(port)
            await self._more(100)

    async def _one_three_two(self) -> None:
        crew = self._installation.crew
        await self._more(200)
        added = [crew.add("scorer", number, {"FLOWSERVE_SCORER_SLOT": str(number)}) for number in (1, 2)]
        await asyncio.sleep(_SETTLE_SECONDS)
        await self._stop(added[-1])
        await asyncio.sleep(_SETTLE_SECONDS)
        await self._more(200)

    async def _under_load(self, act: Callable[[], Awaitable[None]]) -> dict[str, Any]:
        self._decided.clear()
        self._stops.clear()
        stop, seen, began = asyncio.Event(), self._load.seen, time.monotonic()
        looking = asyncio.create_task(self._look())
        running = asyncio.create_task(self._load.run(stop))
        try:
            await self._more(200)
            await act()
            ended = time.monotonic()
            stop.set()
            await running
            await until(self._all_decided, "every request is decided", _DRAIN_SECONDS, 1)
        finally:
            stop.set()
            looking.cancel()
            running.cancel()
            await asyncio.gather(looking, running, return_exceptions=True)
        looks = [(at, total) for at, total in self._decided if began <= at <= ended]
        return {
            "seconds": round(ended - began, 1),
            "asked": seen.asked,
            "answered": len(seen.answers),
            "failed": seen.failed,
            "codes": dict(seen.codes),
            "broken_lines": seen.broken_lines,
            "stops": list(self._stops),
            "longest_without_progress": round(longest_stall(looks), 1),
            "least_in_a_window": least_progress(looks, WINDOW_SECONDS),
        }

    async def _stop(self, member: Member) -> None:
        seconds = await self._installation.crew.stop(member)
        code = member.process.exit_code
        self._stops.append({"name": member.name, "seconds": round(seconds, 1), "code": code})

    async def _more(self, answers: int) -> None:
        enough = len(self._load.seen.answers) + answers
        await until(lambda: len(self._load.seen.answers) >= enough, f"{answers} more answers", 120)

    async def _look(self) -> None:
        bootstrap = self._installation.kafka.bootstrap
        while True:
            self._decided.append((time.monotonic(), await logs.total(bootstrap, PREDICTIONS, PARTITIONS)))
            await asyncio.sleep(_LOOK_SECONDS)

    async def _all_decided(self) -> bool:
        bootstrap = self._installation.kafka.bootstrap
        asked = await logs.ends(bootstrap, REQUESTS, PARTITIONS)
        held = await logs.committed(bootstrap, REQUESTS)
        return all(held.get(partition, 0) >= end for partition, end in asked.items())


def longest_stall(looks: list[tuple[float, int]]) -> float:
    """Seconds between two looks that saw growth, at most."""
    longest, at_growth, last = 0.0, looks[0][0], looks[0][1]
    for at, total in looks:
        longest = max(longest, at - at_growth)
        if total > last:
            at_growth, last = at, total
    return longest


def least_progress(looks: list[tuple[float, int]], seconds: float) -> int | None:
    """What was decided in the worst window of so many seconds; None where all took less."""
    gains = []
    for at, total in looks:
        later = next((each for each in looks if each[0] >= at + seconds), None)
        if later is not None:
            gains.append(later[1] - total)
    return min(gains, default=None)
