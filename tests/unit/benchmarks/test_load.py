"""Open and closed loops against a server that answers as it is told; what the report says of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast

import pytest

from benchmarks.figures import percentile
from benchmarks.load.__main__ import offer
from benchmarks.load.caller import Call, Caller
from benchmarks.load.calls import Calls
from benchmarks.load.closed import closed_loop
from benchmarks.load.report import report
from benchmarks.load.target import Target

NOW = datetime(2026, 11, 25, tzinfo=UTC)
_ANSWER = b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n{}"


class Server(asyncio.Protocol):
    """One connection. `stall` seconds pass before its first answer; `status` is that of every answer."""

    asked = 0

    def __init__(self, stall: float = 0.0, status: int = 200) -> None:
        self.stall, self.status = stall, status

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        Server.asked += 1
        pause, self.stall = self.stall, 0.0
        asyncio.get_running_loop().call_later(pause, self.transport.write, _ANSWER % self.status)


class HangingUp(Server):
    """Reads and closes."""

    def data_received(self, data: bytes) -> None:
        self.transport.close()


@asynccontextmanager
async def serving(made: Callable[[], asyncio.Protocol]) -> AsyncIterator[Target]:
    Server.asked = 0
    listening = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    async with listening:
        yield Target.local(listening.sockets[0].getsockname()[1])


def calls(target: Target) -> Calls:
    return Calls("t", target, "key", 1, NOW)


async def test_so_many_callers_get_an_answer_each_before_they_ask_again() -> None:
    async with serving(Server) as target:
        spell = await closed_loop(target, [target.post("/", "key", b"{}")] * 40, callers=4, seconds=30)

    assert len(spell.latencies) == Server.asked == 40
    assert spell.others == {}


async def test_other_answers_are_counted_and_have_no_latency() -> None:
    async with serving(lambda: Server(status=503)) as target:
        spell = await closed_loop(target, [target.post("/", "key", b"{}")] * 7, callers=2, seconds=30)

    assert (spell.latencies, spell.others) == ([], {503: 7})


async def test_a_server_that_goes_away_is_an_error_and_no_wait() -> None:
    async with serving(HangingUp) as target:
        with pytest.raises(RuntimeError, match="a line broke"):
            await closed_loop(target, [target.post("/", "key", b"{}")] * 4, callers=2, seconds=30)


async def test_in_an_open_loop_calls_come_however_long_one_takes() -> None:
    stalls = iter([0.5])
    async with serving(lambda: Server(stall=next(stalls, 0.0))) as target:
        caller = Caller(target, calls(target), budget=5)
        await caller.open_loop(per_second=100, seconds=0.4, seed=1)
        await caller.close()

    took = sorted(call.seconds for call in caller.done)
    assert took[-1] >= 0.5
    assert len(took) == Server.asked > 10
    assert took[-2] < 0.5


async def test_the_command_offers_what_it_is_asked_for() -> None:
    async with serving(Server) as target:
        caller = await offer(target, "key", rate=100, seconds=0.3, budget=5, seed=1)

    assert {call.status for call in caller.done} == {200}
    assert len(caller.done) == Server.asked > 10


def test_the_report_counts_statuses_and_takes_percentiles_of_decisions_only() -> None:
    done = [Call(f"t-{n}", 0.0, 0.001 * n, 200) for n in range(1, 101)] + [Call("late", 0.0, 5.0, 0)]
    caller = Caller.__new__(Caller)
    caller.done, caller.latest_start = done, 0.0

    said = report(caller, 10)

    assert "101 calls in 10 s, 10.1 a second" in said
    assert "p50 50.0  p90 90.0  p95 95.0  p99 99.0  p99.9 100.0  p100 100.0" in said
    assert "- given up or no connection" in said
    assert percentile([call.seconds for call in done], 1.0) == 5.0


def test_a_generator_that_could_not_keep_up_says_so() -> None:
    caller = Caller.__new__(Caller)
    caller.done, caller.latest_start = [Call("t", 0.0, 0.3, 200)], 0.25

    assert "waited up to 250 ms for its turn" in report(caller, 1)
