"""A scorer that cannot be right does not serve: it ends, with a code and a sentence that says what to do."""

import itertools
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from flowserve_ml.store import current_folder
from local_stack.kafka import Kafka
from local_stack.process import Process
from schemas.topics import PREDICTIONS, REQUESTS
from tests.support import logs
from tests.support.records import body
from tests.support.scorers import Fleet
from tests.support.traffic import message
from tests.support.waiting import until

PARTITIONS = 1


async def provisioned(broker: Kafka) -> None:
    if await logs.topic_missing(broker.bootstrap, PREDICTIONS):
        await logs.create_topics(broker.bootstrap, PARTITIONS)


async def ask(broker: Kafka, number: int, count: int = 1) -> None:
    now = int(time.time()) - 60
    wanted = [message(body(number + place, at=now)) for place in range(count)]
    await logs.produce(broker.bootstrap, REQUESTS, wanted)


async def asking_until(broker: Kafka, condition: Callable[[], bool], what: str) -> None:
    """One request after the other: what is sent to a topic that was just made anew may still be lost."""
    numbers = itertools.count(1_000)

    async def asked() -> bool:
        await ask(broker, next(numbers))
        return condition()

    await until(asked, what, every=0.5)


async def refusal(process: Process) -> str:
    """What a process said before it ended by itself with an error."""
    try:
        await until(lambda: not process.alive, "the scorer refuses")
    finally:
        process.kill()
    assert process.exit_code not in (0, None)
    return process.log.read_text()


def scorer_that_is(what: str, broker: Kafka, folder: Path, environment: dict[str, str]) -> Process:
    """One of the scorers of `tests.support` that something is wrong with."""
    settings = {
        "FLOWSERVE_KAFKA_BOOTSTRAP": broker.bootstrap,
        "FLOWSERVE_DATA_DIR": str(folder),
        "FLOWSERVE_PARTITIONS": str(PARTITIONS),
        "FLOWSERVE_SCORER_SLOT": "1",
    }
    command = [sys.executable, "-m", f"tests.support.{what}_scorer"]
    return Process(what, command, environment | settings, folder / f"{what}.log")


async def test_a_missing_topic(broker: Kafka, tmp_path: Path, inherited: dict[str, str]) -> None:
    said = await refusal(Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS).start(0))
    assert "flowserve.requests.v1 is missing" in said
    assert "run `python -m stream_processor.provision`" in said


async def test_another_number_of_partitions(broker: Kafka, tmp_path: Path, inherited: dict[str, str]) -> None:
    await provisioned(broker)
    said = await refusal(Fleet(broker.bootstrap, tmp_path, inherited, partitions=3).start(0))
    assert "has 1 partitions, not 3" in said


async def test_a_model_with_a_flipped_byte(broker: Kafka, tmp_path: Path, inherited: dict[str, str]) -> None:
    await provisioned(broker)
    models = tmp_path / "models"
    shutil.copytree("ml/models", models)
    file = current_folder(models) / "model.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    said = await refusal(fleet.start(0, models_dir=str(models)))
    assert "restore it" in said
    assert "SHA-256" in said


async def test_a_join_that_kafka_fails(broker: Kafka, tmp_path: Path, inherited: dict[str, str]) -> None:
    """aiokafka keeps the error until somebody asks; until then such a scorer is alive and idle."""
    await provisioned(broker)
    scorer = scorer_that_is("refused", broker, tmp_path, inherited)
    scorer.start()
    said = await refusal(scorer)
    assert scorer.exit_code == 70
    assert "the group refuses" in said
    assert "UnknownError" in said


async def test_requests_that_were_deleted_and_made_anew(
    broker: Kafka, tmp_path: Path, inherited: dict[str, str]
) -> None:
    await provisioned(broker)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    scorer = fleet.start(0)
    await ask(broker, 1, count=20)

    async def decided() -> bool:
        return await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) >= 20

    await until(decided, "20 outcomes")
    scorer.stop(seconds=30)
    assert scorer.exit_code == 0

    await made_anew(broker, REQUESTS)
    scorer = fleet.start(0)
    await asking_until(broker, lambda: not scorer.alive, "the scorer notices")
    said = await refusal(scorer)
    assert "recreate the other as well, or restore both" in said
    assert scorer.exit_code == 70
    assert await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) == 20


async def made_anew(broker: Kafka, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])

        async def created() -> bool:
            answer = await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
            return all(code == 0 for _, code, _ in answer.topic_errors)

        await until(created, f"{topic} is there again")
    finally:
        await admin.close()


async def test_a_stuck_batch_does_not_outlive_sigterm(
    broker: Kafka, tmp_path: Path, inherited: dict[str, str]
) -> None:
    await provisioned(broker)
    scorer = scorer_that_is("stuck", broker, tmp_path, inherited | {"FLOWSERVE_STOP_SECONDS": "1"})
    for topic in (PREDICTIONS, REQUESTS):  # the logs of the test above disagree
        await made_anew(broker, topic)
    scorer.start()
    try:
        await asking_until(broker, lambda: "stuck now" in scorer.log.read_text(), "the batch is stuck")
        scorer.send(signal.SIGTERM)
        await until(lambda: not scorer.alive, "the watchdog ends it", 6)
        assert scorer.exit_code == 75
    finally:
        scorer.kill()
