"""The sink catches up with what the scorer has decided, beside a raw COPY of the same rows."""

import asyncpg

from benchmarks.cpu import Meter
from benchmarks.figures import Figure, Goal
from benchmarks.floors.raw_copy import copy_all, stored_rows
from benchmarks.rows.door import Door
from benchmarks.stage import Stage
from benchmarks.watch import Looks, alive, look_until, rate
from schemas.topics import PREDICTIONS, REQUESTS

_ROUNDS = 3
_FLOOR_ROWS = 100_000
_PATIENCE_SECONDS = 120.0
_RAW = "raw COPY"
_STORED = "select coalesce(sum(next_offset), 0)::bigint from sink_offsets where topic = any($1::text[])"
_EMPTY = "truncate predictions, requests, feedback, dead_letters, sink_offsets"
_STORED_BEFORE = """
insert into sink_offsets (topic, partition, next_offset)
select $1, source_partition, count(*) from requests group by source_partition
"""


class SinkRuns:
    """Sinks that start with empty tables and store the same records, one after the other."""

    def __init__(self, stage: Stage, connection: asyncpg.Connection, records: int) -> None:
        self.cost: dict[str, list[float]] = {"sink": [], "postgres": []}
        self._stage = stage
        self._connection = connection
        self._records = records
        self._spent: dict[str, float] = {}

    async def everything(self) -> float:
        """Rows a second of `requests` and `predictions` together."""
        await self._connection.execute(_EMPTY)
        return rate(await self._run([REQUESTS, PREDICTIONS]))

    async def raw(self) -> float:
        """Rows a second of the floor; the sink has stored them before."""
        return await copy_all(self._connection, await stored_rows(self._connection, _FLOOR_ROWS))

    async def predictions(self) -> float:
        """Rows a second of `predictions`, as if all else had been stored before."""
        connection = self._connection
        await connection.execute("truncate predictions, sink_offsets")
        await connection.execute(_STORED_BEFORE, REQUESTS)
        await connection.execute(_STORED_BEFORE.replace("count(*)", "0"), PREDICTIONS)
        found = rate(await self._run([PREDICTIONS]))
        for name, spent in self._spent.items():
            self.cost[name].append(spent)
        return found

    async def _run(self, topics: list[str]) -> Looks:
        process = self._stage.flowserve("sink")

        async def stored() -> int:
            return int(await self._connection.fetchval(_STORED, topics))

        expected = len(topics) * self._records
        try:
            begun = (await look_until(stored, 1, _PATIENCE_SECONDS, alive(process)))[-1][1]
            meter = Meter({"sink": process.pid, "postgres": self._stage.postgres.process.pid})
            looks = await look_until(stored, expected, _PATIENCE_SECONDS, alive(process))
            self._spent = meter.microseconds(expected - begun)
            return looks
        finally:
            process.stop(15)


async def catch_up(stage: Stage) -> list[Figure]:
    """Rows a second from `predictions` alone, and of requests and predictions together."""
    door = Door(stage)
    await door.real()
    own: list[float] = []
    every: list[float] = []
    raw: list[float] = []
    connection = await asyncpg.connect(stage.postgres.dsn)
    try:
        runs = SinkRuns(stage, connection, len(door.asked))
        for _ in range(stage.rounds(_ROUNDS)):
            every.append(await runs.everything())
            raw.append(await runs.raw())
            own.append(await runs.predictions())
    finally:
        await connection.close()
    return [
        Figure("sink", "Sink, from `predictions`", "rows/s", own, [Goal("at least", 0.7, _RAW)], {_RAW: raw}),
        Figure("sink-all", "Sink, requests and predictions", "rows/s", every),
        *(
            Figure(f"sink-cpu-{name}", f"Sink, CPU: {name}", "µs/row", spent, better="less")
            for name, spent in runs.cost.items()
        ),
    ]
