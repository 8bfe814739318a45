"""Topics that were made anew with more partitions: a scorer that had the old ones gets the new ones too."""

import time
from pathlib import Path

from local_stack.kafka import Kafka
from schemas.topics import PREDICTIONS, REQUESTS
from tests.support import logs
from tests.support.records import body
from tests.support.scorers import Fleet
from tests.support.traffic import message
from tests.support.waiting import until

CUSTOMERS = 40


async def all_are_decided(broker: Kafka, folder: Path, inherited: dict[str, str], partitions: int) -> None:
    """By a scorer that is killed afterwards, so that the group still has it."""
    await logs.create_topics(broker.bootstrap, partitions)
    now = int(time.time()) - 60
    wanted = [message(body(number, f"c-{number}", at=now)) for number in range(CUSTOMERS)]
    await logs.produce(broker.bootstrap, REQUESTS, wanted)
    fleet = Fleet(broker.bootstrap, folder, inherited, partitions)
    fleet.start(0)

    async def decided() -> bool:
        return await logs.total(broker.bootstrap, PREDICTIONS, partitions) >= CUSTOMERS

    try:
        await until(decided, f"all of {partitions} partitions are decided")
    finally:
        fleet.kill_all()


async def test_a_killed_scorer_that_starts_again_takes_the_partitions_that_are_new(
    broker: Kafka, tmp_path: Path, inherited: dict[str, str]
) -> None:
    await all_are_decided(broker, tmp_path, inherited, 1)
    await logs.delete_topics(broker.bootstrap)
    await all_are_decided(broker, tmp_path, inherited, 4)
