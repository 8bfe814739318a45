"""So many callers, each with its next request as soon as it has its answer: it finds the most per second.

Times are perf_counter's: the time of uvloop's loop is in whole milliseconds.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.load.line import Answer, Line, connect
from benchmarks.load.target import Target

_OK = 200


@dataclass
class Spell:
    """`latencies` of the answers 200, in seconds; `others` counts the rest by status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    others: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Answers 200."""
        return len(self.latencies) / self.seconds


async def closed_loop(target: Target, requests: Iterable[bytes], callers: int, seconds: float) -> Spell:
    """Until the time is over or the requests are. Raises RuntimeError where a line breaks."""
    lines = [await connect(target) for _ in range(callers)]
    try:
        return await _Loop(iter(requests), callers).run(lines, seconds)
    finally:
        for line in lines:
            line.close()


class _Loop:
    def __init__(self, requests: Iterator[bytes], callers: int) -> None:
        self._requests = requests
        self._asking = callers
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._spell = Spell()
        self._end = 0.0

    async def run(self, lines: list[Line], seconds: float) -> Spell:
        began = perf_counter()
        self._end = began + seconds
        for line in lines:
            self._ask(line)
        await self._ended
        self._spell.seconds = perf_counter() - began
        return self._spell

    def _ask(self, line: Line) -> None:
        began = perf_counter()
        request = next(self._requests, None) if began < self._end else None
        if request is None:
            self._asking -= 1
            if not self._asking and not self._ended.done():
                self._ended.set_result(None)
            return
        line.ask(request, lambda line, answer: self._answered(line, answer, began))

    def _answered(self, line: Line, answer: Answer, began: float) -> None:
        if answer.status == _OK:
            self._spell.latencies.append(perf_counter() - began)
        elif answer.status:
            self._spell.others[answer.status] = self._spell.others.get(answer.status, 0) + 1
        elif not self._ended.done():
            self._ended.set_exception(RuntimeError("a line broke before its answer was whole"))
            return
        self._ask(line)
