"""Callers in an open loop, who come whether or not the ones before are served; and in a closed one."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from time import monotonic

from benchmarks.load.calls import Calls
from benchmarks.load.line import Answer, Line, connect
from benchmarks.load.target import Target

_MOST_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Call:
    """`seconds` counts from `intended`, so a late start is part of the wait.

    `intended` is time.monotonic's: the time of uvloop's loop is in whole milliseconds.

    `status` is 0 where the caller gave up or its line broke. `unknown`: a 503 that says that the request may
    be on the log.
    """

    name: str
    intended: float
    seconds: float
    status: int
    unknown: bool = False


class Caller:
    """Sends over a pool of lines to one target. `budget` is the seconds after which a caller gives up."""

    def __init__(self, target: Target, calls: Calls, budget: float) -> None:
        self.done: list[Call] = []
        self.without_retry_after = 0
        self.latest_start = 0.0
        self._target = target
        self._calls = calls
        self._budget = budget
        self._idle: deque[Line] = deque()
        self._lines = 0
        self._queue: deque[tuple[str, bytes, float]] = deque()
        self._active = 0
        self._opening: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    async def open_loop(self, per_second: float, seconds: float, seed: int) -> None:
        """Poisson arrivals at a rate; returns once every call has ended."""
        chance = random.Random(seed)
        begin = due = monotonic()
        while due < begin + seconds:
            now = monotonic()
            while due <= now and due < begin + seconds:
                self._start(due)
                due += chance.expovariate(per_second)
            await asyncio.sleep(max(0.0, min(due - monotonic(), 0.005)))
        await self._ended()

    async def closed_loop(self, callers: int, seconds: float) -> None:
        """So many callers, each with its next call as soon as it has its answer."""
        end = monotonic() + seconds
        while monotonic() < end:
            while self._active + len(self._queue) < callers:
                self._start(monotonic())
            await asyncio.sleep(0.002)
        await self._ended()

    async def close(self) -> None:
        """Closes every line."""
        while self._idle:
            self._idle.pop().close()
        await asyncio.gather(*self._opening, return_exceptions=True)

    async def _ended(self) -> None:
        while self._active or self._queue:
            await asyncio.sleep(0.02)
            self._pump()

    def _start(self, intended: float) -> None:
        name, request = self._calls.take()
        self._queue.append((name, request, intended))
        self._pump()

    def _pump(self) -> None:
        self._drop_late()
        while self._queue:
            while self._idle and not self._idle[-1].usable:
                self._idle.pop()
                self._lines -= 1
            if not self._idle:
                self._open()
                return
            self._send(self._idle.pop(), *self._queue.popleft())

    def _open(self) -> None:
        wanted = min(len(self._queue), _MOST_LINES - self._lines)
        for _ in range(wanted - len(self._opening)):
            self._lines += 1
            task = self._loop.create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _connect(self) -> None:
        try:
            line = await connect(self._target)
        except OSError:
            self._lines -= 1
            return
        self._idle.append(line)
        self._pump()

    def _drop_late(self) -> None:
        now = monotonic()
        while self._queue and self._queue[0][2] + self._budget < now:
            name, _, intended = self._queue.popleft()
            self.done.append(Call(name, intended, now - intended, 0))

    def _send(self, line: Line, name: str, request: bytes, intended: float) -> None:
        now = monotonic()
        self.latest_start = max(self.latest_start, now - intended)
        self._active += 1

        def finish(status: int, unknown: bool = False) -> None:
            self._active -= 1
            self.done.append(Call(name, intended, monotonic() - intended, status, unknown))

        def give_up() -> None:
            line.close()
            self._lines -= 1
            finish(0)

        def answered(line: Line, answer: Answer) -> None:
            timer.cancel()
            if answer.status == 503 and b"\r\nretry-after: " not in answer.head.lower():
                self.without_retry_after += 1
            finish(answer.status, b'"code":"publish_unknown"' in answer.body)
            if line.usable:
                self._idle.append(line)
                self._pump()
            else:
                self._lines -= 1

        timer = self._loop.call_later(max(0.0, intended + self._budget - now), give_up)
        line.ask(request, answered)
