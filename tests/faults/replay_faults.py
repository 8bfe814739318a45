"""F32: a replay into the database beside live traffic, killed half-way, gone on with, and compared."""

import asyncio
import random
import sys
import time
from pathlib import Path

import asyncpg
import pyarrow as pa
import pyarrow.parquet

from local_stack.process import Process
from tests.faults.fault import Fault
from tests.faults.kafka_load import CUSTOMERS
from tests.faults.scene import Scene
from tests.support.waiting import until

_DAY = 86_400
_BATCH = 2_000
# A replay steps back for live traffic, so on a busy machine each batch takes its time.
_ROWS_OF_HISTORY = 8_000
_PATIENCE_SECONDS = 420
# Live rows that were there before; what came since is held against the log by the verifier.
_LIVE = """
select md5(string_agg(source_partition || '/' || source_offset || body::text, '' order by
    source_partition, source_offset)) from predictions where decided_at < $1
"""
_LIVE_OF_A_REPLAY = "select count(*) from predictions where source = 'replay' or transaction_id like 'past-%'"
_ROWS = (
    "select place, prediction_id, status, score, decision, body::text from replay_predictions where run_id = "
)


async def replay_killed(scene: Scene) -> None:
    """The live customers' past by two runs: one is killed at a drawn batch, the other is left alone."""
    folder = scene.lab.data
    file = _history(folder / "past.parquet", _ROWS_OF_HISTORY, scene.chance)
    name = f"killed-{scene.chance.randrange(10**9)}"
    connection = await asyncpg.connect(scene.lab.servers.postgres.dsn)
    try:
        moment = await connection.fetchval("select now() - interval '5 seconds'")
        before = await connection.fetchval(_LIVE, moment)
        batch = scene.chance.randint(2, _ROWS_OF_HISTORY // _BATCH - 1)
        killed = _replay(scene, file, name, FLOWSERVE_CRASH_AT=f"replay.mid:{batch}")
        await _ended(killed)
        scene.since, scene.kills = time.monotonic(), scene.kills + 1
        assert killed.exit_code == -9, killed.log_tail()
        left = await connection.fetchval("select done from replays where run_id = $1", name)
        assert left == (batch - 1) * _BATCH, f"{left} rows count as done after a kill in batch {batch}"
        began = time.monotonic()
        await _until_done(scene, file, name)
        scene.figures |= {"rows": _ROWS_OF_HISTORY, "rows_at_the_kill": left}
        scene.figures["going_on_seconds"] = round(time.monotonic() - began, 1)
        await _until_done(scene, file, f"{name}-alone")
        scene.since = time.monotonic()
        rows = [await connection.fetch(f"{_ROWS} $1 order by place", run) for run in (name, f"{name}-alone")]
        assert len(rows[0]) == _ROWS_OF_HISTORY, f"{len(rows[0])} rows"
        assert rows[0] == rows[1], "a run that was killed ends with other rows than one that was left alone"
        assert await connection.fetchval(_LIVE, moment) == before, "live rows have changed"
        assert await connection.fetchval(_LIVE_OF_A_REPLAY) == 0, "a replay has written live rows"
        await connection.execute("delete from replays")
    finally:
        await connection.close()


def _history(path: Path, count: int, chance: random.Random) -> Path:
    """Sixty days of the customers whose live traffic goes on meanwhile."""
    start = time.time() - 90 * _DAY
    moments = [int(start + number * 60 * _DAY / count) for number in range(count)]
    columns = {
        "transaction_id": [f"past-{number}" for number in range(count)],
        "customer_id": [f"c-{chance.randrange(CUSTOMERS)}" for _ in range(count)],
        "terminal_id": [f"t-{chance.randrange(50)}" for _ in range(count)],
        "amount": [chance.randrange(100, 30_000) for _ in range(count)],
        "occurred_at": pa.array(moments, pa.timestamp("s")),
    }
    pa.parquet.write_table(pa.table(columns), path)
    return path


def _replay(scene: Scene, file: Path, name: str, **more: str) -> Process:
    command = [sys.executable, "-m", "cli", "replay", str(file), "--run-id", name]
    log = scene.lab.data / "logs" / f"replay-{name}.log"
    process = Process(f"replay {name}", command, scene.lab.environment | more, log)
    process.start()
    return process


async def _ended(process: Process) -> None:
    try:
        await until(lambda: not process.alive, f"{process.name} ends", _PATIENCE_SECONDS)
    finally:
        await asyncio.to_thread(process.kill)


async def _until_done(scene: Scene, file: Path, name: str) -> None:
    """The same command again while the server has not noticed yet that the killed one is gone."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        process = _replay(scene, file, name)
        await _ended(process)
        if process.exit_code == 0:
            return
        said = "\n".join(process.log_tail())
        assert "is being written by another process just now" in said, said
        assert time.monotonic() < deadline, said


FAULTS = [
    Fault(
        "F32",
        "replay.mid",
        "a replay of the same customers' past is killed in the middle of a batch and goes on",
        replay_killed,
        tier="middle",
        by="sink",
    )
]
