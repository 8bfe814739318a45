"""Looks at Kafka, PostgreSQL and /proc a few times a second, past the proxies."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.topics import PREDICTIONS, REQUESTS, SCORER_GROUP
from tests.faults.crew import Crew
from tests.faults.ending import end_clients
from tests.faults.lab import PARTITIONS

_EVERY_SECONDS = 0.2
_LOOK_SECONDS = 10.0
# Where the header `fold` names what is no live decision: a warm-up, an erasure.
_RUN = 4

Offsets = dict[int, int]


@dataclass(frozen=True)
class Growth:
    """An end that was seen `at` a look and not yet at the one before, `since`; monotonic seconds."""

    since: float
    at: float
    end: int


class Backlog:
    """For how long the oldest thing that is not done has waited."""

    def __init__(self) -> None:
        self._seen: dict[int, deque[Growth]] = {}
        self._last: float | None = None

    def seconds(self, at: float, ends: Offsets, done: Offsets) -> float:
        """One look; an end is as old as the look that saw it first."""
        waiting = self._look(at, ends, done)
        return max((at - seen[0].at for seen in waiting), default=0.0)

    def span(self, at: float, ends: Offsets, done: Offsets) -> float:
        """One look; seconds at most in which what is not done came, in one partition."""
        waiting = self._look(at, ends, done)
        return max((seen[-1].at - seen[0].since for seen in waiting), default=0.0)

    def _look(self, at: float, ends: Offsets, done: Offsets) -> list[deque[Growth]]:
        since = at if self._last is None else self._last
        self._last = at
        for partition, end in ends.items():
            seen = self._seen.setdefault(partition, deque())
            if not seen or end > seen[-1].end:
                seen.append(Growth(since, at, end))
            while seen and seen[0].end <= done.get(partition, 0):
                seen.popleft()
        return [seen for seen in self._seen.values() if seen]


class Watch:
    """`lags` are (monotonic time, seconds behind); `ahead` counts commits before durable.

    `uncommitted` are (monotonic time, seconds of traffic): decided, and delivered again after a kill.
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
        self._asked, self._rows, self._commits = Backlog(), Backlog(), Backlog()

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
                await end_clients(consumer.stop(), admin.close())
            await asyncio.sleep(_EVERY_SECONDS)

    async def _follow(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        answers = [TopicPartition(PREDICTIONS, number) for number in self._partitions]
        asked = [TopicPartition(REQUESTS, number) for number in self._partitions]
        consumer.assign(answers)
        await self._place(consumer, answers)
        while True:
            async with asyncio.timeout(_LOOK_SECONDS):
                commits = await admin.list_consumer_group_offsets(SCORER_GROUP)
                ends = await consumer.end_offsets([*answers, *asked])
                await self._read_to(consumer, answers, {tp: ends[tp] for tp in answers})
            self.committed = {tp.partition: at.offset for tp, at in commits.items() if tp.topic == REQUESTS}
            self.ends = {tp.partition: ends[tp] for tp in asked}
            # The commits were read first: what they claim must be on the log by now.
            self.ahead += sum(
                offset > self.decided.get(partition, 0) for partition, offset in self.committed.items()
            )
            self.looks += 1
            now = time.monotonic()
            self.scorer_lags.append((now, self._asked.seconds(now, self.ends, self.decided)))
            self.uncommitted.append((now, self._commits.span(now, self.decided, self.committed)))
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


def _peak_mb(pid: int | None) -> float:
    """The kernel's own high-water mark of resident memory."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1_024
    return 0.0


def calm_since(lags: Iterable[tuple[float, float]], after: float, seconds: float) -> float | None:
    """The first moment after which nothing was a second behind for so many seconds, if there is one yet."""
    since: float | None = None
    for at, lag in lags:
        if at < after:
            continue
        if lag >= 1:
            since = None
        elif since is None:
            since = at
        elif at - since >= seconds:
            return since
    return None
