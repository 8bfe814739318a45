"""What a replay costs those who wait for live answers: p99 of the REST door without one and beside one.

`python -m benchmarks.replay_isolation [ROUNDS [REQUESTS_PER_SECOND [DAYS [OPTION ...]]]]`, from the
repository's root; OPTION is given to `flowserve replay`. It starts a stack of its own, erased in the end. A
round calls for 20 s without a replay and then for 20 s beside a replay to Parquet, started from a session of
its own as from another terminal; calls that were due after its end do not count. Calls are due whatever the
answers do, and a latency counts from when its call was due. The last line compares the medians of all rounds.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx

from benchmarks.load.caller import Caller
from benchmarks.load.calls import Calls
from benchmarks.load.target import Target
from flowserve_ml.files import write_transactions
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate
from local_stack.api import make_key, wait_ready
from local_stack.parts import port_memory, start_kafka, start_postgres
from local_stack.services import Services, service_environment

_SPELL_SECONDS, _LONGEST_SECONDS, _BUDGET = 20.0, 120.0, 10.0
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class Measured:
    """One spell of requests: latencies in seconds, and how many had no prediction in their answer."""

    seconds: float
    latencies: list[float]
    without_answer: int

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))] * 1e3

    def say(self, title: str) -> None:
        """One line, with the machine's load beside it."""
        print(
            f"{title:>8}: {len(self.latencies):,} requests in {self.seconds:.0f} s, "
            f"p50 {self.percentile(0.5):.0f} ms, p99 {self.percentile(0.99):.0f} ms, "
            f"{self.without_answer} without a prediction; load average {os.getloadavg()[0]:.1f}",
            flush=True,
        )


async def ask(port: int, key: str, rate: float, going_on: Callable[[], bool]) -> Measured:
    """Calls at `rate` a second for _SPELL_SECONDS; those that were due while `going_on` count."""
    target = Target.local(port)
    calls = Calls(f"isolation-{os.urandom(4).hex()}", target, key, 0, datetime.now(UTC))
    caller = Caller(target, calls, _BUDGET)
    counted_until = time.monotonic()

    async def watch() -> None:
        nonlocal counted_until
        while going_on():
            counted_until = time.monotonic()
            await asyncio.sleep(0.1)

    began, watching = time.monotonic(), asyncio.create_task(watch())
    await caller.open_loop(rate, _SPELL_SECONDS, seed=1)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await caller.close()
    counted = [call for call in caller.done if call.intended <= counted_until]
    unanswered = sum(call.status != 200 for call in counted)
    return Measured(counted_until - began, [call.seconds for call in counted], unanswered)


async def beside(
    port: int, key: str, rate: float, command: list[str], environment: dict[str, str], count: int
) -> tuple[Measured, float]:
    """The calls while the command runs, and its transactions per second, start-up included."""
    began = time.monotonic()
    replay = await asyncio.to_thread(
        subprocess.Popen, command, env=environment, start_new_session=True, stderr=subprocess.PIPE
    )
    try:
        measured = await ask(port, key, rate, lambda: replay.poll() is None)
        while replay.poll() is None and time.monotonic() - began < _LONGEST_SECONDS:
            await asyncio.sleep(0.1)
        lasted = time.monotonic() - began
        if replay.poll() != 0:
            said = b"" if replay.returncode is None or replay.stderr is None else replay.stderr.read()
            raise SystemExit(f"the replay did not end well: {replay.returncode} {said.decode()}")
        return measured, count / lasted
    finally:
        replay.kill()
        replay.wait()


async def compare(
    environment: dict[str, str], rounds: int, rate: float, command: list[str], count: int
) -> None:
    """The rounds and their medians."""
    port, key = int(environment["FLOWSERVE_API_PORT"]), make_key(environment)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        await wait_ready(client, _READY_SECONDS, lambda: None)
    await ask(port, key, rate, lambda: True)
    alone, together, rates = [], [], []
    for _ in range(rounds):
        without = await ask(port, key, rate, lambda: True)
        without.say("without")
        beside_one, replayed = await beside(port, key, rate, command, environment, count)
        beside_one.say("with")
        print(f"{'':>10}the replay did {replayed:,.0f} transactions/s", flush=True)
        alone.append(without.percentile(0.99))
        together.append(beside_one.percentile(0.99))
        rates.append(replayed)
    before, after = statistics.median(alone), statistics.median(together)
    print(
        f"medians of {rounds}: p99 {before:.0f} ms without, {after:.0f} ms with, ratio {after / before:.2f}; "
        f"the replay {statistics.median(rates):,.0f} transactions/s",
        flush=True,
    )


def started_stack(folder: Path, closing: ExitStack) -> dict[str, str]:
    """Every process of FlowServe; the environment that reaches them."""
    kafka = start_kafka(folder)
    closing.callback(kafka.kill)
    postgres = start_postgres(folder)
    closing.callback(postgres.erase)
    closing.callback(postgres.kill)
    address = ("127.0.0.1", port_memory(folder).get("api"))
    environment = service_environment(
        os.environ, folder, kafka.bootstrap, postgres.environment(), address, "benchmark"
    )
    services = Services(folder, environment)
    provision = services.provision()
    provision.start()
    if not provision.wait(_READY_SECONDS) or provision.exit_code:
        raise SystemExit(f"provisioning failed: {provision.log_tail()}")
    for process in (services.scorer(), services.sink(), services.api()):
        process.start()
        closing.callback(process.kill)
    return environment


def main() -> None:
    """Starts, measures, prints, erases."""
    given = sys.argv[1:]
    rounds, rate, days = (int(given[n]) if len(given) > n else d for n, d in enumerate((3, 100, 60)))
    folder = Path(tempfile.mkdtemp())
    with ExitStack() as closing:
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        source, output = folder / "transactions.parquet", folder / "scores.parquet"
        made = simulate(Recipe(days=days), date(2026, 4, 1), seed=7)
        write_transactions(made, source)
        environment = started_stack(folder, closing)
        command = [sys.executable, "-m", "cli", "replay", str(source), "--output", str(output), *given[3:]]
        asyncio.run(compare(environment, rounds, rate, command, len(made)))


if __name__ == "__main__":
    main()
