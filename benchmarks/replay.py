"""How fast a replay is: simulated transactions to a Parquet file, and into PostgreSQL.

`python -m benchmarks.replay [DAYS]` from the repository's root; its own PostgreSQL is erased in the end.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import asyncpg

from flowserve_ml.files import write_transactions
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate
from local_stack.parts import start_postgres
from stream_processor.provision.database import migrate
from stream_processor.provision.migrations import read_migrations

_DAYS = 183
OPTIONS = ("--label-delay", "7d")


@dataclass(frozen=True)
class Ran:
    """What `flowserve replay` took, start-up included: seconds, its processor time, its most memory in MB."""

    transactions: int
    seconds: float
    processor: float
    most_mb: float

    @property
    def per_second(self) -> float:
        """Transactions."""
        return self.transactions / self.seconds


def replay(words: list[str], environment: Mapping[str, str], transactions: int) -> Ran:
    """Runs it. Raises RuntimeError where it fails."""
    began = time.monotonic()
    child = subprocess.Popen([sys.executable, "-m", "cli", "replay", *words], env=dict(environment))
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    if status:
        raise RuntimeError(f"flowserve replay {words}: exit code {os.waitstatus_to_exitcode(status)}")
    return Ran(transactions, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1_024 / 1e6)


def make_history(days: int, path: Path) -> int:
    """A Parquet file of simulated transactions with labels; how many.

    Made in a process of its own: what this one holds would count as the most memory of whatever it starts.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        return elsewhere.submit(_make, days, path).result()


def _make(days: int, path: Path) -> int:
    made = simulate(Recipe(days=days), date(2026, 4, 1), seed=7)
    write_transactions(made, path)
    return len(made)


async def create_tables(environment: dict[str, str]) -> None:
    """In the database that the PG* variables name."""
    connection = await asyncpg.connect(
        host=environment["PGHOST"],
        port=int(environment["PGPORT"]),
        user=environment["PGUSER"],
        password=environment["PGPASSWORD"],
        database=environment["PGDATABASE"],
    )
    await migrate(connection, read_migrations())
    await connection.close()


def main() -> None:
    """Simulates, replays twice, and prints the figures."""
    days = int(sys.argv[1]) if sys.argv[1:] else _DAYS
    folder = Path(tempfile.mkdtemp())
    postgres = start_postgres(folder)
    try:
        environment = {**os.environ, **postgres.environment()}
        asyncio.run(create_tables(environment))
        source = folder / "transactions.parquet"
        count = make_history(days, source)
        for title, output in (
            ("to Parquet", ["--output", str(folder / "scores.parquet")]),
            ("into PostgreSQL", []),
        ):
            ran = replay([str(source), *OPTIONS, *output], environment, count)
            print(
                f"{title}: {count:,} transactions in {ran.seconds:.1f} s, {ran.per_second:,.0f} a second, "
                f"{ran.processor:.1f} s of its processor time, {ran.most_mb:,.0f} MB at most",
                flush=True,
            )
    finally:
        postgres.kill()
        postgres.erase()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
