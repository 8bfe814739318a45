"""Goodput over offered load: a closed loop finds the capacity, an open one offers shares of it."""

import asyncio
import json
import os
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import asyncpg

from benchmarks.cpu import cpu_seconds
from benchmarks.load.caller import Call, Caller
from benchmarks.load.calls import Calls
from benchmarks.load.target import Target
from schemas.topics import REQUESTS
from tests.overload.figures import Point, point, recovered_after
from tests.overload.installation import PARTITIONS, Installation
from tests.support import logs

SHARES = (0.5, 1.0, 1.5, 3.0)
BUDGET_SECONDS = 2.0
# Fewer than are let in whatever the pace, so that nobody is refused while the capacity is looked for.
_CALLERS = 48
_WARM_SECONDS, _CAPACITY_SECONDS, _SECONDS, _RECOVERY_SECONDS = 6, 10, 15, 10
_PAUSE_SECONDS = 3.0
# A second is normal again when its p99 is at most twice that of the calm half load.
_NORMAL = 2.0
_SQL = """
select percentile_cont(array[0.5, 0.99]) within group (order by extract(epoch from decided_at - received_at))
from predictions where received_at between $1 and $2 and status = 'scored'
"""


class Curve:
    """All stretches of one run; `all_calls` has every call that was ever started."""

    def __init__(self, installation: Installation) -> None:
        self.all_calls: list[Call] = []
        self._installation = installation
        self._number = 0

    async def run(self) -> dict[str, Any]:
        """The figures, ready for JSON."""
        capacity = await self._capacity()
        points: list[tuple[Point, datetime, datetime]] = []
        for share in SHARES:
            points.append(await self._stretch(f"{share:g}x", share, capacity, _SECONDS))
            if share < SHARES[-1]:
                await asyncio.sleep(_PAUSE_SECONDS)
        began = time.monotonic()
        after = await self._stretch("0.5x after 3x", SHARES[0], capacity, _RECOVERY_SECONDS)
        calm = points[0][0].p99 or 0.0
        recovery = recovered_after(self._last, began, _NORMAL * calm)
        capacity_after = await self._capacity()
        for done, since, until in [*points, after]:
            await self._queue(done, since, until)
        return {
            "capacity": round(capacity, 1),
            "capacity_after": round(capacity_after, 1),
            "callers": _CALLERS,
            "budget_seconds": BUDGET_SECONDS,
            "points": [asdict(done) for done, _, _ in [*points, after]],
            "recovery_seconds": recovery,
            "log": await self._compare_with_log(),
        }

    async def _capacity(self) -> float:
        for seconds in (_WARM_SECONDS, _CAPACITY_SECONDS):
            caller = self._caller()
            await caller.closed_loop(_CALLERS, seconds)
            await self._end(caller)
        return sum(call.status == 200 for call in self._last) / _CAPACITY_SECONDS

    async def _stretch(
        self, name: str, share: float, capacity: float, seconds: float
    ) -> tuple[Point, datetime, datetime]:
        caller, since, began = self._caller(), datetime.now(UTC), time.monotonic()
        before = self._cpu()
        await caller.open_loop(share * capacity, seconds, self._number)
        took, after = time.monotonic() - began, self._cpu()
        await self._end(caller)
        done = point(name, share, seconds, caller)
        done.cpu = {name: round((after[name] - before[name]) / took, 2) for name in before}
        print(done, flush=True)
        return done, since, datetime.now(UTC)

    def _caller(self) -> Caller:
        self._number += 1
        port, key = self._installation.ports[0], self._installation.key
        target = Target.local(port)
        calls = Calls(f"load-{self._number}", target, key, self._number, datetime.now(UTC))
        return Caller(target, calls, BUDGET_SECONDS)

    async def _end(self, caller: Caller) -> None:
        await caller.close()
        self._last = caller.done
        self.all_calls += caller.done

    def _cpu(self) -> dict[str, float]:
        """Seconds of processor time so far, of each process and of this one."""
        installation = self._installation
        pids = {name: member.process.pid for name, member in installation.crew.members.items()}
        pids |= {"kafka": installation.kafka.process.pid, "callers": os.getpid()}
        return {name: cpu_seconds(pid) for name, pid in pids.items()}

    async def _queue(self, done: Point, since: datetime, until: datetime) -> None:
        """What the server says of the wait: from a request's arrival in Kafka to its decision."""
        connection = await asyncpg.connect(self._installation.postgres.dsn)
        try:
            found = await connection.fetchval(_SQL, since, until)
        finally:
            await connection.close()
        if found:
            done.queue_p50, done.queue_p99 = (round(1_000 * value, 1) for value in found)

    async def _compare_with_log(self) -> dict[str, int]:
        """Nothing refused is on the log, everything accepted is there once."""
        bootstrap = self._installation.kafka.bootstrap
        held = await logs.read_all(bootstrap, REQUESTS, PARTITIONS)
        names = [json.loads(record.value)["transaction_id"] for each in held.values() for record in each]
        on_log = set(names)
        accepted = {call.name for call in self.all_calls if call.status in (200, 202)}
        refused = {call.name for call in self.all_calls if call.status == 503 and not call.unknown}
        unknown = {call.name for call in self.all_calls if call.unknown}
        return {
            "records": len(names),
            "twice": len(names) - len(on_log),
            "accepted": len(accepted),
            "accepted_and_missing": len(accepted - on_log),
            "refused": len(refused),
            "refused_and_published": len(refused & on_log),
            "unknown": len(unknown),
            "given_up_and_published": len(on_log - accepted - refused - unknown),
        }
