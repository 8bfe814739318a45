"""Looks at Kafka, PostgreSQL and /proc a few times a second, past the proxies."""

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.kafka_ends import end_within
from schemas.topics import PREDICTIONS, REQUESTS, SCORER_GROUP
from tests.faults.backlog import Arrivals, Backlog, Offsets
from tests.faults.crew import Crew
from tests.faults.lab import PARTITIONS

_EVERY_SECONDS = 0.2
_LOOK_SECONDS = 10.0
# Where the header `fold` names what is no live decision: a warm-up, an erasure.
_RUN = 4


class Watch:
    """`lags` are (monotonic time, seconds behind); `ahead` counts commits before durable.

    `uncommitted` are (monotonic time, seconds of traffic): decided, and delivered again were it killed now.
    """

    def __init__(self, bootstrap: str, dsn: str, crew: Crew, partitions: int = PARTITIONS) -> None:
        self.decided: Offsets = {}
        self.ends: Offsets = {}
        self.stored: Offsets = {}
        self.committed: Offsets = {}
        self.ahead = 0
        self.looks = 0
        self.blind = 0
        self.scorer_lags: list[tuple[float, float]] = []
        self.sink_lags: list[tuple[float, float]] = []
        self.uncommitted: list[tuple[float, float]] = []
        self.peak_mb: dict[str, float] = {}
        self._bootstrap = bootstrap
        self._dsn = dsn
        self._crew = crew
        self._partitions = range(partitions)
        self._asked, self._rows, self._arrivals = Backlog(), Backlog(), Arrivals()

    @property
    def total(self) -> int:
        """Requests decided in all partitions."""
        return sum(self.decided.values())

    async def run(self) -> None:
        """Looks until cancelled; a server that is away is looked for again."""
        while True:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, enable_auto_commit=False, request_timeout_ms=8_000
            )
            admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, request_timeout_ms=8_000)
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await consumer.start()
                    await admin.start()
                await self._follow(consumer, admin)
            except (KafkaError, OSError, TimeoutError):
                self.blind += 1
                self._look_at_memory()
            finally:
                await asyncio.gather(end_within(consumer.stop()), end_within(admin.close()))
            await asyncio.sleep(_EVERY_SECONDS)

    async def _follow(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        answers = [TopicPartition(PREDICTIONS, number) for number in self._partitions]
        asked = [TopicPartition(REQUESTS, number) for number in self._partitions]
        consumer.assign(answers)
        await self._place(consumer, answers)
        while True:
            async with asyncio.timeout(_LOOK_SECONDS):
                self.committed = await _committed(admin)
                ends = await consumer.end_offsets([*answers, *asked])
                await self._read_to(consumer, answers, {tp: ends[tp] for tp in answers})
                committed_by_now = await _committed(admin)
            self.ends = {tp.partition: ends[tp] for tp in asked}
            # The commits were read first: what they claim must be on the log by now.
            self.ahead += sum(
                offset > self.decided.get(partition, 0) for partition, offset in self.committed.items()
            )
            self.looks += 1
            now = time.monotonic()
            self.scorer_lags.append((now, self._asked.seconds(now, self.ends, self.decided)))
            self._arrivals.look(now, self.ends)
            # The commits of after the decisions: who lives went on meanwhile, and only who died stood still.
            self.uncommitted.append((now, self._arrivals.seconds(committed_by_now, self.decided)))
            await self._look_at_rows({tp.partition: ends[tp] for tp in answers})
            self._look_at_memory()
            await asyncio.sleep(_EVERY_SECONDS)

    async def _place(self, consumer: AIOKafkaConsumer, answers: list[TopicPartition]) -> None:
        """From the start the first time, else a little before the end: the last decided offset is enough."""
        ends = await consumer.end_offsets(answers)
        for tp in answers:
            start = 0 if not self.decided else max(0, ends[tp] - 5_000)
            consumer.seek(tp, start)

    async def _read_to(
        self, consumer: AIOKafkaConsumer, answers: list[TopicPartition], ends: dict[TopicPartition, int]
    ) -> None:
        while any([await consumer.position(tp) < ends[tp] for tp in answers]):
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                folds = [json.loads(dict(record.headers)["fold"]) for record in records]
                # A history that was replayed into the log before there was traffic has offsets of its own.
                newest = max((fold[1] for fold in folds if not fold[_RUN]), default=-1)
                self.decided[tp.partition] = max(self.decided.get(tp.partition, 0), newest + 1)

    async def _look_at_rows(self, ends: Offsets) -> None:
        try:
            async with asyncio.timeout(1):
                connection = await asyncpg.connect(self._dsn, timeout=1)
                try:
                    rows = await connection.fetch(
                        "select partition, next_offset from sink_offsets where topic = $1", PREDICTIONS
                    )
                finally:
                    connection.terminate()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            rows = []
        self.stored |= {row["partition"]: row["next_offset"] for row in rows}
        now = time.monotonic()
        self.sink_lags.append((now, self._rows.seconds(now, ends, self.stored)))

    def _look_at_memory(self) -> None:
        for member in list(self._crew.members.values()):
            peak = _peak_mb(member.process.pid)
            self.peak_mb[member.role] = max(self.peak_mb.get(member.role, 0.0), peak)


async def _committed(admin: AIOKafkaAdminClient) -> Offsets:
    offsets = await admin.list_consumer_group_offsets(SCORER_GROUP)
    return {tp.partition: at.offset for tp, at in offsets.items() if tp.topic == REQUESTS}


def _peak_mb(pid: int | None) -> float:
    """The kernel's own high-water mark of resident memory."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1_024
    return 0.0
