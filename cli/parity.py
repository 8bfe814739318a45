"""One stream through REST, Kafka and replay: features, scores, decisions and reasons must be equal."""

import asyncio
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rich.progress import Progress

from flowserve_ml.features.definitions import MATURITY_SECONDS
from flowserve_ml.runtime import Model
from schemas.headers import CLIENT_ID
from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.kafka_topics import partition_counts
from schemas.settings import ProcessSettings
from schemas.topics import PREDICTIONS, REQUESTS
from schemas.transaction import OLDEST_SECONDS, Transaction, canonical
from stream_processor.replay.history import History, ReplayError
from stream_processor.replay.outcome_rows import OutcomeRows
from stream_processor.replay.scoring import score_history

COMPARED = ("features", "score", "decision", "reasons")

_HOUR_SECONDS = 3_600
# Nobody sees a label before it is so old: until then there is nothing to wait for.
_SETTLED_HOURS = MATURITY_SECONDS // _HOUR_SECONDS - 1
_BATCH = 100
_ANSWER_SECONDS = 120.0
_AGAIN_SECONDS = 0.5

Answers = dict[tuple[str, str], dict[str, Any]]


def offline(history: History, model: Model) -> Answers:
    """What a replay answers, by customer and transaction. Nothing is labelled: live reports come too late."""
    unlabelled = replace(history, tables=lambda: map(_unlabelled, history.tables()))
    scored = score_history(unlabelled, model, lambda table: np.ones(len(table), dtype=bool), lambda _: None)
    batches = OutcomeRows(unlabelled, scored, model).batches(_BATCH)
    return _by_transaction(json.loads(str(row[-1])) for batch in batches for row in batch.rows)


def _unlabelled(table: pa.Table) -> pa.Table:
    place = table.schema.get_field_index("due_fraud")
    return table.set_column(place, "due_fraud", pa.repeat(pa.scalar(False), len(table)))


def check_times(history: History, now: float) -> None:
    """Raises ReplayError for a transaction that the live doors would refuse for its time."""
    first, last = history.first, history.last
    if first is None or last is None or first < (now - OLDEST_SECONDS) * 1e6 or last > now * 1e6:
        raise ReplayError(
            f"{history.source}: the live doors take the last 40 days only. "
            "`flowserve-ml generate --count 5000` makes a stream of the last 30"
        )


class LiveDoors:
    """Sends half of the customers over REST and half over Kafka, and collects what became of them."""

    def __init__(
        self, settings: ProcessSettings, url: str, key: str, client_id: str, settle_seconds: float
    ) -> None:
        self._settings = settings
        self._url = url
        self._key = key
        self._client_id = client_id
        self._settle_seconds = settle_seconds

    async def answers(self, history: History, progress: Progress) -> Answers:
        """Every answer. Raises ReplayError if some do not come."""
        kafka = kafka_arguments(self._settings)
        headers = {"Authorization": f"Bearer {self._key}"}
        partitions = (await partition_counts(self._settings)).get(PREDICTIONS)
        if partitions is None:
            raise ReplayError(f"{PREDICTIONS} is missing: is this the right Kafka?")
        async with (
            started(AIOKafkaConsumer(**kafka)) as consumer,
            started(AIOKafkaProducer(**kafka, acks="all", enable_idempotence=True)) as producer,
            httpx.AsyncClient(base_url=self._url, headers=headers, timeout=60) as api,
        ):
            await _at_the_end(consumer, partitions)
            return await self._send_all(history, consumer, producer, api, progress)

    async def _send_all(
        self,
        history: History,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        api: httpx.AsyncClient,
        progress: Progress,
    ) -> Answers:
        found: Answers = {}
        task = progress.add_task("asking", total=history.transactions)
        settled = 0
        for hour, part in _hours(history):
            if hour - settled >= _SETTLED_HOURS:
                # What has become due must be at its terminals before anybody can see it.
                await asyncio.sleep(self._settle_seconds)
                settled = hour
            by_rest = [each for each in part if zlib.crc32(each.customer_id.encode()) % 2]
            by_kafka = [each for each in part if not zlib.crc32(each.customer_id.encode()) % 2]
            await asyncio.gather(self._to_rest(api, by_rest), self._to_kafka(producer, by_kafka))
            wanted = {(each.customer_id, each.transaction_id) for each in part}
            await _collect(consumer, wanted, found)
            progress.advance(task, len(part))
        return found

    async def _to_rest(self, api: httpx.AsyncClient, part: Sequence[Transaction]) -> None:
        for first in range(0, len(part), _BATCH):
            bodies = b",".join(canonical(each) for each in part[first : first + _BATCH])
            content = b'{"transactions": [' + bodies + b"]}"
            while True:
                answer = await api.post(
                    "/api/v1/predict/batch", content=content, headers={"Content-Type": "application/json"}
                )
                if answer.status_code not in (429, 503):
                    break
                await asyncio.sleep(float(answer.headers.get("retry-after", _AGAIN_SECONDS)))
            if answer.is_error:
                raise ReplayError(
                    f"{self._url} refused a batch with {answer.status_code}: {answer.text[:300]}"
                )

    async def _to_kafka(self, producer: AIOKafkaProducer, part: Sequence[Transaction]) -> None:
        wire = [(CLIENT_ID, self._client_id.encode())]
        sent = [
            await producer.send(REQUESTS, canonical(each), key=each.customer_id.encode(), headers=wire)
            for each in part
        ]
        await asyncio.gather(*sent)


@dataclass(frozen=True)
class Difference:
    """One part, such as `score`, of one transaction; None where a side has no such answer."""

    customer_id: str
    transaction_id: str
    part: str
    live: Any
    replayed: Any

    def __str__(self) -> str:
        return (
            f"customer {self.customer_id}, transaction {self.transaction_id}: {self.part} live {self.live}, "
            f"replayed {self.replayed}"
        )


def differences(live: Answers, replayed: Answers) -> list[Difference]:
    """One for each transaction and part that differs."""
    found = []
    for key, expected in replayed.items():
        answer = live.get(key, {})
        found += [
            Difference(*key, name, answer.get(name), expected.get(name))
            for name in COMPARED
            if answer.get(name) != expected.get(name)
        ]
    return found


def _hours(history: History) -> list[tuple[int, list[Transaction]]]:
    """An event-hour at a time, with its number: a door that is ahead makes the others late by no more."""
    table = history.table
    hours = (table["micros"] - table["micros"].min()) // (_HOUR_SECONDS * 1_000_000)
    names = ("transaction_id", "customer_id", "terminal_id", "minor", "currency")
    moments = [datetime.fromtimestamp(micros / 1e6, UTC) for micros in table["micros"].tolist()]
    columns = (table[name].tolist() for name in names)
    parts: dict[int, list[Transaction]] = {}
    for hour, *fields in zip(hours.tolist(), *columns, moments, strict=True):
        parts.setdefault(hour, []).append(Transaction(*fields))
    return list(parts.items())


async def _at_the_end(consumer: AIOKafkaConsumer, partitions: int) -> None:
    places = [TopicPartition(PREDICTIONS, number) for number in range(partitions)]
    consumer.assign(places)
    await consumer.seek_to_end()
    for place in places:
        await consumer.position(place)


async def _collect(consumer: AIOKafkaConsumer, wanted: set[tuple[str, str]], found: Answers) -> None:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            while wanted - found.keys():
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found |= _by_transaction(json.loads(record.value) for record in records if record.value)
    except TimeoutError:
        missing = len(wanted - found.keys())
        raise ReplayError(
            f"{missing:,} transactions were not scored in time: is the scorer running?"
        ) from None


def _by_transaction(outcomes: Any) -> Answers:  # noqa: ANN401
    """The scored ones."""
    scored = (outcome for outcome in outcomes if outcome["status"] == "scored")
    return {(outcome["customer_id"], outcome["transaction_id"]): outcome for outcome in scored}
