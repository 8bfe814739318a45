"""How fast a replay is: 1.8 million simulated transactions to a Parquet file, and into PostgreSQL.

`python benchmarks/replay.py [DAYS]` from the repository's root; its own PostgreSQL is erased in the end.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import asyncpg

from flowserve_ml.files import write_transactions
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate
from local_stack.parts import start_postgres
from stream_processor.provision.database import migrate
from stream_processor.provision.migrations import read_migrations

_DAYS = 183
_OPTIONS = ("--label-delay", "7d")


def measure(title: str, words: list[str], environment: dict[str, str], transactions: int) -> None:
    """Runs `flowserve replay` and prints what it took, start-up included."""
    began = time.monotonic()
    child = subprocess.Popen([sys.executable, "-m", "cli", "replay", *words], env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    seconds, processor = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    if status:
        raise SystemExit(f"{title}: exit code {os.waitstatus_to_exitcode(status)}")
    print(
        f"{title}: {seconds:.1f} s, {transactions / seconds:,.0f} transactions/s, "
        f"{processor:.1f} s of its processor time, {usage.ru_maxrss / 1_024:,.0f} MiB at most",
        flush=True,
    )


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
        made = simulate(Recipe(days=days), date(2026, 4, 1), seed=7)
        write_transactions(made, source)
        print(f"{len(made):,} transactions, {made.is_fraud.mean():.2%} fraud", flush=True)
        output = ["--output", str(folder / "scores.parquet")]
        measure("to Parquet", [str(source), *_OPTIONS, *output], environment, len(made))
        measure("into PostgreSQL", [str(source), *_OPTIONS], environment, len(made))
    finally:
        postgres.kill()
        postgres.erase()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
