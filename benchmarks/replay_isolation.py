"""What a replay costs those who wait for live answers: p99 of the REST door without one and beside one.

`python benchmarks/replay_isolation.py [ROUNDS [REQUESTS_PER_SECOND [DAYS [OPTION ...]]]]`, from the
repository's root; OPTION is given to `flowserve replay`. It starts a stack of its own, erased in the end. A
round asks for 20 s without a replay and then for as long as a replay to Parquet takes (90 s at most), started
from a session of its own as from another terminal. Transactions are due at an even rate whatever the answers
do, and a latency counts from when its transaction was due. The last line compares the medians of all rounds.
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

from flowserve_ml.files import write_transactions
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate
from local_stack.api import make_key, wait_ready
from local_stack.parts import port_memory, start_kafka, start_postgres
from local_stack.services import Services, service_environment

_ALONE_SECONDS, _LONGEST_SECONDS, _WARM_SECONDS = 20.0, 90.0, 10.0
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


async def ask(client: httpx.AsyncClient, rate: float, going_on: Callable[[float], bool]) -> Measured:
    """Sends at `rate` a second while `going_on`, told the seconds so far; waits for every answer."""
    latencies: list[float] = []
    failed = 0
    run, began = os.urandom(4).hex(), time.monotonic()

    async def one(number: int, due: float) -> None:
        nonlocal failed
        try:
            answer = await client.post("/api/v1/predict", json=transaction(f"tx-{run}-{number}", number))
            failed += answer.status_code != 200
        except httpx.TransportError:
            failed += 1
        latencies.append(time.monotonic() - due)

    async with asyncio.TaskGroup() as group:
        number = 0
        while going_on(seconds := time.monotonic() - began):
            while number < seconds * rate:
                group.create_task(one(number, began + number / rate))
                number += 1
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
    return Measured(time.monotonic() - began, latencies, failed)


def transaction(name: str, number: int) -> dict[str, object]:
    """One of this moment, of 400 customers in turn."""
    return {
        "transaction_id": name,
        "customer_id": f"c-{number % 400}",
        "terminal_id": f"t-{number % 100}",
        "amount": 1_000 + number % 5_000,
        "currency": "EUR",
        "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


async def beside(
    client: httpx.AsyncClient, rate: float, command: list[str], environment: dict[str, str], count: int
) -> tuple[Measured, float]:
    """The requests while the command runs, and its transactions per second, start-up included."""
    began = time.monotonic()
    replay = await asyncio.to_thread(
        subprocess.Popen, command, env=environment, start_new_session=True, stderr=subprocess.PIPE
    )
    ended = began
    try:

        def going_on(seconds: float) -> bool:
            nonlocal ended
            if replay.poll() is None:
                ended = time.monotonic()
            return replay.returncode is None and seconds < _LONGEST_SECONDS

        measured = await ask(client, rate, going_on)
        if replay.poll() != 0:
            said = b"" if replay.returncode is None or replay.stderr is None else replay.stderr.read()
            raise SystemExit(f"the replay did not end well: {replay.returncode} {said.decode()}")
        return measured, count / (ended - began)
    finally:
        replay.kill()
        replay.wait()


async def compare(
    environment: dict[str, str], rounds: int, rate: float, command: list[str], count: int
) -> None:
    """The rounds and their medians."""
    address = f"http://127.0.0.1:{environment['FLOWSERVE_API_PORT']}"
    headers = {"Authorization": f"Bearer {make_key(environment)}"}
    alone, together, rates = [], [], []
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
        await wait_ready(client, _READY_SECONDS, lambda: None)
        await ask(client, rate, lambda seconds: seconds < _WARM_SECONDS)
        for _ in range(rounds):
            without = await ask(client, rate, lambda seconds: seconds < _ALONE_SECONDS)
            without.say("without")
            beside_one, replayed = await beside(client, rate, command, environment, count)
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
