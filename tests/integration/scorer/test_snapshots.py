"""A killed scorer takes up its last snapshot and the records after it, and decides as if it had lived."""

import json
import time
from pathlib import Path

from local_stack.kafka import Kafka
from schemas.topics import PREDICTIONS, REQUESTS
from stream_processor.scorer.snapshots import file
from tests.support import logs
from tests.support.oracle import judge
from tests.support.records import body
from tests.support.scorers import Fleet
from tests.support.traffic import message
from tests.support.waiting import until

PARTITIONS = 1


async def decided(broker: Kafka, first: int, count: int) -> None:
    """Sends transactions of seven customers and waits until the log holds their outcomes."""
    before = await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS)
    now = int(time.time()) - 60
    wanted = [message(body(number, f"c-{number % 7}", at=now)) for number in range(first, first + count)]
    await logs.produce(broker.bootstrap, REQUESTS, wanted)

    async def enough() -> bool:
        return await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) >= before + count

    await until(enough, f"{count} outcomes")


def said(path: Path, message: str) -> list[dict[str, object]]:
    """The log lines of a scorer with this message."""
    lines = [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["message"] == message]


async def test_killed_stopped_and_with_a_damaged_snapshot_it_goes_on_with_the_same_state(
    broker: Kafka, tmp_path: Path, inherited: dict[str, str]
) -> None:
    if await logs.topic_missing(broker.bootstrap, PREDICTIONS):
        await logs.create_topics(broker.bootstrap, PARTITIONS)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    snapshot = tmp_path / "snapshots" / "partition-0.snapshot"
    try:
        first = fleet.start(0, snapshot_seconds="0.2")
        await decided(broker, 0, 200)
        await until(snapshot.exists, "a snapshot")
        first.kill()

        second = fleet.start(0, snapshot_seconds="1000")
        await decided(broker, 200, 100)
        assert 0 in [line.get("partition") for line in said(second.log, "snapshot loaded")]
        before = snapshot.read_bytes()
        second.stop(seconds=30)
        assert second.exit_code == 0
        assert snapshot.read_bytes() != before
        list(file.read(snapshot))

        snapshot.write_bytes(snapshot.read_bytes()[:-1])
        third = fleet.start(0)
        await decided(broker, 300, 100)
        refused = said(third.log, "snapshot not used; the log is read in its place")
        assert [line["cause"] for line in refused] == ["it is damaged: its digest does not fit"]
    finally:
        fleet.kill_all()
    verdict = judge(
        await logs.read_all(broker.bootstrap, REQUESTS, PARTITIONS),
        await logs.read_all(broker.bootstrap, PREDICTIONS, PARTITIONS),
    )
    assert (verdict.undecided, verdict.wrong) == (0, [])
