"""F10 to F20: Kafka restarted, killed, unreachable, frozen, slow, refusing, full, and forgetful."""

import asyncio
import time
from functools import partial

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas.topics import PREDICTIONS, SCORER_GROUP, all_topics
from tests.faults.fault import Fault
from tests.faults.kafka_errors import OFFSET_COMMIT, PRODUCE
from tests.faults.scene import Scene
from tests.support.waiting import until

# A broker takes seconds to start, or minutes where others hold the cores.
START_SECONDS = 240.0
# NOT_LEADER, REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS, and the same after the append.
_PASSING = (6, 7, 19, 20)
# OUT_OF_ORDER_SEQUENCE, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID.
_STAYING = (45, 47, 59)
# COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS.
_COMMIT = (15, 16, 22, 25, 27)


async def restart(scene: Scene, clean: bool) -> None:
    """Down and up again at once."""
    kafka = scene.lab.servers.kafka
    began = time.monotonic()
    await asyncio.to_thread(kafka.stop if clean else kafka.kill)
    await asyncio.to_thread(kafka.start, START_SECONDS)
    scene.since = time.monotonic()
    scene.kills += not clean
    scene.figures["outage_seconds"] = round(scene.since - began, 1)


async def unreachable(scene: Scene) -> None:
    """The network to Kafka swallows everything."""
    proxy = scene.lab.servers.kafka_proxy
    await proxy.tell(blackhole=True)
    await scene.last(scene.seconds(60, 15))
    await proxy.clear()
    scene.since = time.monotonic()


async def frozen(scene: Scene) -> None:
    """SIGSTOP to the broker."""
    kafka = scene.lab.servers.kafka
    kafka.pause()
    await scene.last(scene.seconds(60, 15))
    kafka.resume()
    scene.since = time.monotonic()


async def slow(scene: Scene) -> None:
    """200 ms for a round trip, and a megabyte a second."""
    proxy = scene.lab.servers.kafka_proxy
    await proxy.tell(latency_ms=100, bytes_per_second=1_000_000)
    await scene.last(scene.seconds(30, 15))
    scene.figures["lag_under_it_seconds"] = round(scene.watch.scorer_lags[-1][1], 1)
    await proxy.clear()
    scene.since = time.monotonic()


async def reported(scene: Scene, api: int, codes: tuple[int, ...]) -> None:
    """Kafka's answers say that it failed, one after another with each code, though it did what was asked."""
    proxy = scene.lab.servers.kafka_proxy
    failed = 0
    for code in codes:
        answers = scene.chance.randint(2, 12)
        await proxy.tell(fail=[api, code, answers])
        await scene.last(4)
        failed += answers - int(str((await proxy.tell())["to_fail"]))
    await proxy.tell(fail=[-1, 0, 0])
    scene.figures["answers_changed"] = failed
    scene.since = time.monotonic()
    assert failed, "no answer was changed"


async def too_large(scene: Scene) -> None:
    """The broker takes no result of more than a hundred bytes for eight seconds."""
    topic = next(topic for topic in all_topics() if topic.name == PREDICTIONS)
    for change in ({"max.message.bytes": "100"}, {}):
        admin = AIOKafkaAdminClient(bootstrap_servers=scene.lab.servers.direct)
        await admin.start()
        try:
            # All settings each time: this request replaces them.
            config = topic.config() | change
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, config)])
        finally:
            await admin.close()
        if change:
            await scene.last(8)
    scene.since = time.monotonic()


async def cut(scene: Scene) -> None:
    """Connections break in the middle of an answer, or between two."""
    proxy = scene.lab.servers.kafka_proxy
    for _ in range(8):
        await proxy.tell(cut_after=scene.chance.randrange(1, 4_000))
        await scene.last(scene.chance.uniform(1, 3))
    await proxy.tell(reset=True)
    scene.since = time.monotonic()


async def forget_offsets(scene: Scene) -> None:
    """The group's offsets are deleted while no scorer runs: everything is delivered again from the start."""
    crew, scorers = scene.lab.crew, scene.lab.crew.of("scorer")
    await asyncio.gather(*(crew.stop(member) for member in scorers))
    admin = AdminClient({"bootstrap.servers": scene.lab.servers.direct})

    def deleted() -> bool:
        try:
            admin.delete_consumer_groups([SCORER_GROUP])[SCORER_GROUP].result()
        except KafkaException:  # static members are members until their session ends
            return False
        return True

    await until(lambda: asyncio.to_thread(deleted), "the group has no members and is deleted", 60, 1)
    for member in scorers:
        crew.start(member)
    scene.since = time.monotonic()


FAULTS = [
    Fault(
        "F10",
        "broker-restart",
        "Kafka is stopped cleanly and started",
        partial(restart, clean=True),
        5,
        "middle",
    ),
    Fault("F11", "broker-kill", "Kafka is killed and started", partial(restart, clean=False), 5, "middle"),
    Fault("F12", "broker-unreachable", "nothing passes to or from Kafka for 60 s", unreachable),
    Fault("F13", "broker-frozen", "Kafka is stopped by SIGSTOP for 60 s", frozen),
    Fault("F14", "broker-slow", "Kafka answers 200 ms later, at 1 MB/s", slow, tier="middle"),
    Fault(
        "F15",
        "errors-that-pass",
        "answers to Produce say NOT_LEADER, REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS and so on",
        partial(reported, api=PRODUCE, codes=_PASSING),
        tier="middle",
    ),
    Fault(
        "F16",
        "errors-that-stay",
        "answers to Produce say OUT_OF_ORDER_SEQUENCE, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID",
        partial(reported, api=PRODUCE, codes=_STAYING),
        may_stop=True,
    ),
    Fault(
        "F16", "result-too-large", "Kafka refuses every result as too large for 8 s", too_large, may_stop=True
    ),
    Fault(
        "F17",
        "commits-that-fail",
        "answers to OffsetCommit say that the coordinator moved, is loading, or knows no such member",
        partial(reported, api=OFFSET_COMMIT, codes=_COMMIT),
    ),
    Fault(
        "F18",
        "cut-answers",
        "connections to Kafka break in the middle of an answer, eight times",
        cut,
        tier="middle",
    ),
    Fault("F20", "offsets-forgotten", "the scorers' committed offsets are deleted", forget_offsets),
]
