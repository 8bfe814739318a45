"""A month of history behind the traffic: any process dies, and how long somebody then waits."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from benchmarks.load.target import Target
from flowserve_ml.files import write_transactions
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate
from schemas.topics import SCORER_GROUP
from tests.faults.backlog import calm_since
from tests.faults.rest_load import RestLoad
from tests.faults.watch import Watch
from tests.overload.capacity import capacity
from tests.overload.installation import PARTITIONS, Installation
from tests.support.waiting import until

DAYS = 31
_CALLERS = 48
_CALM_SECONDS, _PATIENCE_SECONDS = 1.5, 120.0
_BETWEEN_SECONDS = 6.0


class WithHistory:
    """Needs an installation whose scorers have not decided anything yet."""

    def __init__(self, installation: Installation, folder: Path, customers: int) -> None:
        self._installation = installation
        self._folder = folder
        self._customers = customers
        self._deaths: list[dict[str, Any]] = []

    async def run(self) -> dict[str, Any]:
        """The figures, ready for JSON."""
        crew, began = self._installation.crew, time.monotonic()
        scorers = crew.of("scorer")
        for member in scorers:
            await crew.stop(member)
        # Static members are members until their session ends, and history is written to idle logs only.
        await until(lambda: asyncio.to_thread(self._nobody_decides), "the group has no members", 60, 0.5)
        count = await asyncio.to_thread(self._write_history)
        for member in scorers:
            crew.start(member)
        for port in self._installation.ports:
            await self._installation.ready(port, 300)
        await until(self._snapshots, "every partition has a snapshot", 180, 1)
        filled = time.monotonic() - began
        most = await capacity(Target.local(self._installation.ports[0]), self._installation.key)
        await self._under_load(most / 2)
        return {
            "history": count,
            "days": DAYS,
            "customers": self._customers,
            "filling_seconds": round(filled, 1),
            "capacity": round(most, 1),
            "deaths": self._deaths,
        }

    def _nobody_decides(self) -> bool:
        admin = AdminClient({"bootstrap.servers": self._installation.kafka.bootstrap})
        return not admin.describe_consumer_groups([SCORER_GROUP])[SCORER_GROUP].result().members

    def _write_history(self) -> int:
        """The past of all customers up to yesterday, straight into the logs that state is folded from."""
        file = self._folder / "month.parquet"
        recipe = Recipe(customers=self._customers, terminals=2 * self._customers, days=DAYS)
        made = simulate(recipe, (datetime.now(UTC) - timedelta(days=DAYS)).date(), seed=7)
        write_transactions(made, file)
        words = ["replay", str(file), "--into-live", "--run-id", "month", "--label-delay", "3d"]
        command = [sys.executable, "-m", "cli", *words]
        done = subprocess.run(command, env=self._installation.environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return len(made)

    def _snapshots(self) -> bool:
        return len(list(self._folder.rglob("partition-*.snapshot"))) == PARTITIONS

    async def _under_load(self, per_second: float) -> None:
        installation, stop = self._installation, asyncio.Event()
        urls = [f"http://127.0.0.1:{port}" for port in installation.ports]
        load = RestLoad(urls, installation.key, 1, datetime.now(UTC), _CALLERS, per_second)
        watch = Watch(installation.kafka.bootstrap, installation.postgres.dsn, installation.crew, PARTITIONS)
        tasks = [asyncio.create_task(watch.run()), asyncio.create_task(load.run(stop))]
        try:
            for name in ("scorer-0", "scorer-1", "scorer-0", "api-0", "sink-0", "kafka", "postgres"):
                await self._die(name, watch, load)
            stop.set()
            await tasks[1]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert not load.seen.failed, load.seen.failed[:3]

    async def _die(self, name: str, watch: Watch, load: RestLoad) -> None:
        lags = watch.sink_lags if name in ("sink-0", "postgres") else watch.scorer_lags
        await self._calm(lags, time.monotonic())
        await asyncio.sleep(_BETWEEN_SECONDS)
        before, answers = time.monotonic(), len(load.seen.answers)
        await self._kill(name)()
        killed = time.monotonic() if name not in ("kafka", "postgres") else before
        calm = await self._calm(lags, killed)
        again = next((seconds for at, seconds in watch.uncommitted if at >= killed), None)
        worst = max((lag for at, lag in lags if killed <= at <= calm), default=0.0)
        death = {"name": name, "seconds": round(calm - killed, 2), "worst_lag": round(worst, 2)}
        death |= {"answers_meanwhile": len(load.seen.answers) - answers}
        if name.startswith("scorer") and again is not None:
            death["again_seconds"] = round(again, 2)
        print(death, flush=True)
        self._deaths.append(death)

    def _kill(self, name: str) -> Callable[[], Awaitable[None]]:
        """The crew revives its own; a server is started by us as `make up` would."""
        installation = self._installation
        if name in installation.crew.members:
            return lambda: installation.crew.kill(installation.crew.members[name])
        server = installation.kafka if name == "kafka" else installation.postgres

        async def restart() -> None:
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)

        return restart

    async def _calm(self, lags: list[tuple[float, float]], after: float) -> float:
        what = "nothing waits for a second"
        await until(lambda: calm_since(lags, after, _CALM_SECONDS) is not None, what, _PATIENCE_SECONDS, 0.1)
        return calm_since(lags, after, _CALM_SECONDS) or after
