"""F27, F31, F33, F34: repeats at once, strange replies, damaged models, results of a zombie."""

import asyncio
import json
import os
import shutil
import time

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import DEFAULT_REPLY_PARTITIONS, PREDICTIONS, REPLIES
from tests.faults.fault import Fault
from tests.faults.lab import PARTITIONS
from tests.faults.rest_load import Answer
from tests.faults.scene import Scene
from tests.support import requests
from tests.support.waiting import until


async def one_key_at_once(scene: Scene) -> None:
    """Fifty callers, one transaction, three APIs; then the same id with another body; then once more."""
    urls, headers = scene.lab.urls, {"Authorization": f"Bearer {scene.lab.key}", "Prefer": "wait=20"}
    contents = set()
    async with httpx.AsyncClient(headers=headers, timeout=40) as client:
        for _ in range(10):
            body = requests.body()
            calls = [client.post(f"{urls[n % len(urls)]}/api/v1/predict", json=body) for n in range(50)]
            answers = await asyncio.gather(*calls)
            assert {answer.status_code for answer in answers} == {200}, answers
            contents = {answer.content for answer in answers}
            assert len(contents) == 1, "fifty callers got different answers"
            other = await client.post(f"{urls[0]}/api/v1/predict", json=body | {"amount": 1})
            assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
            again = await client.post(f"{urls[-1]}/api/v1/predict", json=body)
            assert again.content in contents
            found = again.json()
            scene.rest.seen.answers.append(Answer(body["transaction_id"], found, again.content))
    scene.since = time.monotonic()


async def strange_replies(scene: Scene) -> None:
    """Every reply also goes to all other partitions; and replies that nobody waits for, and garbage."""
    bootstrap = scene.lab.servers.direct
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await consumer.start()
    await producer.start()
    places = [TopicPartition(REPLIES, number) for number in range(DEFAULT_REPLY_PARTITIONS)]
    consumer.assign(places)
    await consumer.seek_to_end()
    copied, until_then = 0, time.monotonic() + 10
    try:
        while time.monotonic() < until_then:
            for tp, records in (await consumer.getmany(timeout_ms=100)).items():
                for record in records:
                    if any(name == "copy" for name, _ in record.headers):
                        continue
                    copied += 1
                    for place in places:
                        if place != tp:
                            wire = [*record.headers, ("copy", b"1")]
                            await producer.send(
                                REPLIES, record.value, partition=place.partition, headers=wire
                            )
            garbage = [
                ("correlation_id", os.urandom(16).hex().encode()),
                ("status", b"scored"),
                ("copy", b"1"),
            ]
            for place in places:
                await producer.send(REPLIES, b"{", partition=place.partition, headers=garbage)
                await producer.send(REPLIES, b"\xff", partition=place.partition, headers=[("copy", b"1")])
    finally:
        await producer.stop()
        await consumer.stop()
    scene.figures["replies_copied"] = copied
    scene.since = time.monotonic()


async def damaged_model(scene: Scene) -> None:
    """A damaged artifact, then a missing one, then a good one, by the pointer that scorers look at."""
    models = scene.lab.models
    current = (models / "current").read_text().strip()
    for name in ("damaged", "missing", f"v{scene.chance.randrange(10**6)}"):
        if name != "missing":
            shutil.copytree(models / current, models / name, dirs_exist_ok=True)
            manifest = models / name / "manifest.json"
            text = manifest.read_text().replace(f'"version": "{current}"', f'"version": "{name}"')
            manifest.write_text(text)
        if name == "damaged":
            model = models / name / "model.onnx"
            model.write_bytes(model.read_bytes()[:-1] + b"\0")
        half = models / "current.half"
        half.write_text(name)
        half.replace(models / "current")
        await scene.last(5)
        assert all(member.process.alive for member in scene.lab.crew.of("scorer")), f"a scorer died of {name}"
    await until(lambda: _serves(scene, name), "a scorer says that the model is swapped", 30)
    scene.since = time.monotonic()
    (models / "current").write_text(current)


def _serves(scene: Scene, version: str) -> bool:
    scorers = scene.lab.crew.of("scorer")
    return any(
        version in line
        for member in scorers
        for line in member.process.log_tail(400)
        if "the model is swapped" in line
    )


async def zombie_results(scene: Scene) -> None:
    """Older results with another score, as a worker that woke up would append them; then all scorers die."""
    bootstrap = scene.lab.servers.direct
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await consumer.start()
    await producer.start()
    written = 0
    try:
        for _ in range(5):
            places = [TopicPartition(PREDICTIONS, number) for number in range(PARTITIONS)]
            ends = await consumer.end_offsets(places)
            consumer.assign(places)
            for tp in places:
                consumer.seek(tp, max(0, ends[tp] - scene.chance.randrange(20, 400)))
            chunk = await consumer.getmany(timeout_ms=1_000, max_records=400)
            for tp, records in chunk.items():
                for record in records:
                    value = json.loads(record.value)
                    if value["status"] == "scored":
                        value = value | {"score": 0.5, "decision": "decline"}
                    await producer.send(
                        PREDICTIONS,
                        json.dumps(value).encode(),
                        key=record.key,
                        partition=tp.partition,
                        headers=list(record.headers),
                    )
                    written += 1
            await producer.flush()
            await scene.last(1)
    finally:
        await producer.stop()
        await consumer.stop()
    scene.figures["zombie_results"] = written
    for member in scene.lab.crew.of("scorer"):
        await scene.kill(member)


FAULTS = [
    Fault(
        "F27",
        "one-key-at-once",
        "fifty callers send one transaction at once, ten times",
        one_key_at_once,
        tier="middle",
    ),
    Fault(
        "F31",
        "strange-replies",
        "every reply is copied to all partitions, with garbage between",
        strange_replies,
    ),
    Fault(
        "F33",
        "damaged-model",
        "the model pointer names a damaged, a missing, a good new model",
        damaged_model,
    ),
    Fault(
        "F34",
        "zombie-results",
        "older results with another score are appended, then all scorers die",
        zombie_results,
        tier="middle",
    ),
]
