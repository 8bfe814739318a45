"""F25: a real scorer on real Kafka, 5,000 records of which 5 % are poison of every kind."""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, ConsumerRecord

from local_stack.kafka import Kafka
from schemas.topics import DEAD_LETTERS, PREDICTIONS, REQUESTS
from stream_processor.pipeline.admit import partition_of
from tests.support import logs
from tests.support.poison import SECRET, VISA, Poison, poison
from tests.support.raw_batches import send_with_header_name
from tests.support.records import Wire, body
from tests.support.scorers import Fleet
from tests.support.waiting import until

PARTITIONS = 2
RECORDS = 5_000
HMAC_KEY = "key-of-the-test"
HOME = partition_of(b"c-1", PARTITIONS)


@dataclass(frozen=True)
class Sent:
    """A record and the outcome that it must have."""

    partition: int
    key: bytes | None
    value: bytes | None
    wire: Wire
    expected: str


def traffic(count: int, seed: int, now: int) -> list[Sent]:
    chance = random.Random(seed)
    kinds = poison(at=now)
    made: list[Sent] = []
    bad = 0
    for number in range(count):
        if chance.random() >= 0.05:
            made.append(good(number, f"c-{chance.randrange(200)}", now))
            continue
        turn, kind = divmod(bad, len(kinds) + 2)
        bad += 1
        if kind < len(kinds):
            made.append(poisoned(kinds[kind], turn))
        elif kind == len(kinds):
            stray = good(number, "c-1", now)
            made.append(Sent(1 - HOME, stray.key, stray.value, [], "wrong_partition"))
        else:
            first = good(number, "c-1", now)
            made += [first, conflicting(first)]
    return made


def good(number: int, customer: str, now: int) -> Sent:
    content = body(number, customer, 1_000 + number, now)
    key = customer.encode()
    return Sent(partition_of(key, PARTITIONS), key, json.dumps(content).encode(), [], "scored")


def conflicting(first: Sent) -> Sent:
    changed = json.loads(first.value or b"") | {"amount": 1}
    return Sent(first.partition, first.key, json.dumps(changed).encode(), [], "idempotency_conflict")


def poisoned(kind: Poison, turn: int) -> Sent:
    value = kind.value and kind.value.replace(b'"odd-', f'"odd-{turn}-'.encode())
    return Sent(HOME, kind.key, value, kind.wire, kind.code)


async def send(bootstrap: str, messages: list[Sent]) -> dict[tuple[int, int], Sent]:
    """Sends all; by (partition, offset)."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", linger_ms=2, max_request_size=2_000_000
    )
    await producer.start()
    try:
        receipts = [
            await producer.send(
                REQUESTS, entry.value, key=entry.key, partition=entry.partition, headers=list(entry.wire)
            )
            for entry in messages
        ]
        places = [(sent.partition, sent.offset) for sent in await asyncio.gather(*receipts)]
    finally:
        await producer.stop()
    return dict(zip(places, messages, strict=True))


async def decided_at_least(broker: Kafka, count: int, seconds: float) -> None:
    async def enough() -> bool:
        return await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) >= count

    await until(enough, f"{count} outcomes", seconds, every=0.2)


def code(record: ConsumerRecord) -> str:
    outcome = json.loads(record.value)
    status = outcome["problem"]["code"] if outcome["status"] == "rejected" else outcome["status"]
    return str(status)


def place_of(record: ConsumerRecord) -> tuple[int, int]:
    return record.partition, json.loads(dict(record.headers)["fold"])[1]


def assert_dead_letter_is_faithful(letter: ConsumerRecord, source: Sent) -> None:
    ours = dict(letter.headers)
    assert ours["dlq_topic"] == REQUESTS.encode()
    assert ours["dlq_partition"] == str(letter.partition).encode()
    assert ours["dlq_error_code"] == source.expected.encode()
    assert ours["dlq_stage"] == b"validate"
    assert {"dlq_timestamp", "dlq_error_message", "dlq_attempts", "dlq_failed_at"} <= ours.keys()
    if VISA.encode() in (source.key or b"") + (source.value or b""):
        digest = hmac.new(HMAC_KEY.encode(), source.value or b"", hashlib.sha256).hexdigest()
        assert letter.key is None
        assert json.loads(letter.value) == {"hmac": digest, "length": len(source.value or b"")}
        return
    assert (letter.key, letter.value) == (source.key, source.value)
    kept = [(name, value) for name, value in letter.headers if not name.startswith("dlq_")]
    assert kept == list(source.wire)


def everything(records: dict[int, list[ConsumerRecord]]) -> bytes:
    pieces: list[Any] = [
        piece
        for part in records.values()
        for record in part
        for piece in (record.key, record.value, *(value for _, value in record.headers))
    ]
    return b"|".join(piece for piece in pieces if piece)


async def test_poison_of_every_kind_is_refused_and_its_neighbours_are_scored(
    broker: Kafka, tmp_path: Path, inherited: dict[str, str]
) -> None:
    await logs.create_topics(broker.bootstrap, PARTITIONS)
    messages = traffic(RECORDS, seed=25, now=int(time.time()) - 60)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    scorer = fleet.start(0, payload_key=HMAC_KEY)
    try:
        asked = await send(broker.bootstrap, messages)
        await decided_at_least(broker, len(messages), 60)
        assert scorer.alive
        scorer.stop(seconds=30)
        assert scorer.exit_code == 0
    finally:
        fleet.kill_all()

    answered = await logs.read_all(broker.bootstrap, PREDICTIONS, PARTITIONS)
    outcomes = [record for part in answered.values() for record in part]
    assert Counter(place_of(record) for record in outcomes) == Counter(asked.keys())
    wrong = {
        (asked[place_of(record)].expected, code(record))
        for record in outcomes
        if code(record) != asked[place_of(record)].expected
    }
    assert wrong == set()

    letters = await logs.read_all(broker.bootstrap, DEAD_LETTERS, PARTITIONS)
    by_source = [
        (number, int(dict(r.headers)["dlq_offset"]), r) for number, part in letters.items() for r in part
    ]
    refused = [place for place, e in asked.items() if e.expected not in ("scored", "idempotency_conflict")]
    assert Counter((partition, offset) for partition, offset, _ in by_source) == Counter(refused)
    for partition, offset, letter in by_source:
        assert_dead_letter_is_faithful(letter, asked[partition, offset])

    output = scorer.log.read_bytes()
    assert VISA.encode() not in everything(answered) + everything(letters) + output
    assert SECRET.encode() not in everything(answered) + output


async def test_a_header_name_that_is_not_utf_8_does_not_end_the_scorer(
    broker: Kafka, tmp_path: Path, inherited: dict[str, str]
) -> None:
    before = await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS)
    now = int(time.time()) - 60
    odd, after = good(9_000_001, "c-1", now), good(9_000_002, "c-1", now)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    scorer = fleet.start(0)

    async def both_decided_or_ended() -> bool:
        return not scorer.alive or await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) >= before + 2

    try:
        await send_with_header_name(
            broker.bootstrap, REQUESTS, HOME, odd.key or b"", odd.value or b"", b"\xff\xfe"
        )
        await send(broker.bootstrap, [after])
        await until(both_decided_or_ended, "two more outcomes", 30)
        assert scorer.alive, scorer.log_tail()
    finally:
        fleet.kill_all()
