"""What a fault may touch while traffic runs, and what it notes down."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from confluent_kafka.admin import AdminClient

from schemas.topics import SCORER_GROUP
from tests.faults.crew import Member
from tests.faults.kafka_load import KafkaLoad
from tests.faults.lab import Lab
from tests.faults.rest_load import RestLoad
from tests.faults.watch import Watch
from tests.support.waiting import until

# A start, its place in the group and so many passes: seconds, or minutes where others hold the cores.
_CRASH_SECONDS = 240


@dataclass
class Scene:
    """`since` is the moment (monotonic seconds) from which recovery is counted, `long` the full campaign.

    `scorers_killed` are the moments (monotonic seconds) of kills of scorers that worked.

    `refused` are places of requests that must be rejected for reasons that the judge does not know.
    """

    lab: Lab
    watch: Watch
    kafka: KafkaLoad
    rest: RestLoad
    chance: random.Random
    long: bool
    kills: int = 0
    scorers_killed: list[float] = field(default_factory=list)
    since: float = 0.0
    refused: set[tuple[int, int]] = field(default_factory=set)
    figures: dict[str, object] = field(default_factory=dict)

    def seconds(self, long: float, short: float) -> float:
        """How long something lasts, in the full campaign and in the shorter ones."""
        return long if self.long else short

    def any(self, role: str) -> Member:
        """One process of a role, by the run's seed."""
        return self.chance.choice(self.lab.crew.of(role))

    async def any_with_partitions(self) -> Member:
        """A scorer that has work: after a fault before this one, all partitions may lie with the others."""
        admin = AdminClient({"bootstrap.servers": self.lab.servers.direct})
        busy: list[Member] = []

        def found() -> bool:
            group = admin.describe_consumer_groups([SCORER_GROUP])[SCORER_GROUP].result()
            working = {
                f"scorer-{str(member.group_instance_id).rpartition('-')[2]}"
                for member in group.members
                if member.assignment.topic_partitions
            }
            busy[:] = [member for member in self.lab.crew.of("scorer") if member.name in working]
            return bool(busy)

        await until(lambda: asyncio.to_thread(found), "a scorer has partitions", 60, 0.5)
        return self.chance.choice(busy)

    async def last(self, seconds: float) -> None:
        """The fault goes on for so long; the traffic too."""
        await asyncio.sleep(seconds)

    async def progress(self, records: int = 300, seconds: float = 90) -> None:
        """Until so many more requests are decided."""
        start = self.watch.total
        await until(lambda: self.watch.total >= start + records, f"{records} more decisions", seconds)

    async def kill(self, member: Member) -> None:
        """SIGKILL; revived by the crew."""
        self.since = time.monotonic()
        self._count(member, 1)
        await self.lab.crew.kill(member)

    async def crash(self, member: Member, point: str, number: int, **settings: str) -> None:
        """Has a process kill itself at a crash point; two kills, since it has to be started anew for it."""
        crew = self.lab.crew
        await crew.crash_at(member, point, number, **settings)
        await until(
            lambda: not member.process.alive,
            f"{member.name} crashes at {point}:{number}",
            _CRASH_SECONDS,
            0.02,
        )
        self.since = time.monotonic()
        assert member.process.exit_code == -9, f"ended with {member.process.exit_code} instead"
        self._count(member, 2)
        member.wanted = True

    def _count(self, member: Member, kills: int) -> None:
        self.kills += kills
        if member.role == "scorer":
            self.scorers_killed.append(time.monotonic())
