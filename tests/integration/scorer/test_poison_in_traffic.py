"""F25: a real scorer on real Kafka, and direct traffic of which 5 % is poison of every kind."""

import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from local_stack.kafka import Kafka
from schemas.topics import DEAD_LETTERS, PREDICTIONS, REQUESTS
from stream_processor.pipeline.admit import partition_of
from tests.support import logs
from tests.support.poison import SECRET, VISA
from tests.support.poison_traffic import Account, code_of, digest, good, place_of, send, traffic
from tests.support.raw_batches import send_with_header_name
from tests.support.scorers import Fleet
from tests.support.waiting import until

PARTITIONS = 2
HMAC_KEY = "key-of-the-test"
HOME = partition_of(b"c-1", PARTITIONS)


@pytest.fixture
async def topics(broker: Kafka) -> None:
    if await logs.topic_missing(broker.bootstrap, REQUESTS):
        await logs.create_topics(broker.bootstrap, PARTITIONS)


async def sent(broker: Kafka, count: int) -> Account:
    """What was sent, and where it lies."""
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap,
        acks="all",
        linger_ms=5,
        max_batch_size=1 << 18,
        max_request_size=2_000_000,
    )
    account = Account()
    await producer.start()
    try:
        await send(producer, traffic(count, 25, int(time.time()) - 60, PARTITIONS), account)
    finally:
        await producer.stop()
    return account


async def records(broker: Kafka, topic: str) -> AsyncIterator[ConsumerRecord]:
    """A topic from its beginning to the end that it has now, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        for number in range(PARTITIONS):
            tp = TopicPartition(topic, number)
            end = (await consumer.end_offsets([tp]))[tp]
            consumer.assign([tp])
            consumer.seek(tp, 0)
            while await consumer.position(tp) < end:
                for chunk in (await consumer.getmany(tp, timeout_ms=1_000, max_records=2_000)).values():
                    for record in chunk:
                        yield record
    finally:
        await consumer.stop()


async def decided(broker: Kafka, count: int, seconds: float) -> None:
    async def enough() -> bool:
        return await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) >= count

    await until(enough, f"{count} outcomes", seconds, every=0.2)


def in_clear(record: ConsumerRecord, text: str) -> bool:
    pieces = (record.key, record.value, *(value for _, value in record.headers))
    return any(text.encode() in piece for piece in pieces if piece)


def assert_faithful(letter: ConsumerRecord, account: Account) -> None:
    ours = dict(letter.headers)
    place = letter.partition, int(ours["dlq_offset"])
    assert ours["dlq_topic"] == REQUESTS.encode()
    assert ours["dlq_partition"] == str(letter.partition).encode()
    assert ours["dlq_error_code"] == account.kinds[account.sent[place]].encode()
    assert ours["dlq_stage"] == b"validate"
    assert {
        "dlq_timestamp",
        "dlq_error_message",
        "dlq_attempts",
        "dlq_failed_at",
        "dlq_client",
    } <= ours.keys()
    if place in account.payloads:
        payload = account.payloads[place]
        keyed = hmac.new(HMAC_KEY.encode(), payload, hashlib.sha256).hexdigest()
        assert letter.key is None
        assert json.loads(letter.value) == {"hmac": keyed, "length": len(payload)}
        return
    theirs = [(name, value) for name, value in letter.headers if not name.startswith("dlq_")]
    assert digest(letter.key, letter.value, theirs) == account.digests[place]


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
async def test_poison_of_every_kind_is_refused_and_its_neighbours_are_scored(
    broker: Kafka, topics: None, tmp_path: Path, inherited: dict[str, str], count: int
) -> None:
    before = await logs.ends(broker.bootstrap, REQUESTS, PARTITIONS)
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    scorer = fleet.start(0, payload_key=HMAC_KEY)
    started = time.monotonic()
    try:
        account = await sent(broker, count)
        sending = time.monotonic() - started
        await decided(broker, sum(before.values()) + len(account.sent), 120 + count / 500)
        lasted = time.monotonic() - started
        assert scorer.alive, scorer.log_tail()
        scorer.stop(seconds=30)
        assert scorer.exit_code == 0
    finally:
        fleet.kill_all()
    print(f"{len(account.sent):,} records: sent in {sending:.1f} s, all decided after {lasted:.1f} s")

    decided_at: Counter[tuple[int, int]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    as_expected: Counter[str] = Counter()
    async for record in records(broker, PREDICTIONS):
        place = place_of(record)
        if place[1] < before[place[0]]:
            continue
        decided_at[place] += 1
        kind, code = account.sent[place], code_of(record)
        assert not in_clear(record, VISA)
        assert not in_clear(record, SECRET)
        if code == account.kinds[kind]:
            as_expected[kind] += 1
        else:
            wrong[kind, code] += 1
    assert not wrong
    assert decided_at == Counter(account.sent.keys())
    assert as_expected == account.by_kind

    letters: Counter[tuple[int, int]] = Counter()
    async for letter in records(broker, DEAD_LETTERS):
        place = letter.partition, int(dict(letter.headers)["dlq_offset"])
        if place[1] >= before[place[0]]:
            letters[place] += 1
            assert_faithful(letter, account)
            assert not in_clear(letter, VISA)
    assert letters == Counter(account.with_letter)

    output = scorer.log.read_text()
    assert VISA not in output
    assert SECRET not in output
    for kind, sum_of_kind in sorted(account.by_kind.items()):
        print(f"{sum_of_kind:>9,}  {kind}: {account.kinds[kind]}")


async def test_a_header_name_that_is_not_utf_8_does_not_end_the_scorer(
    broker: Kafka, topics: None, tmp_path: Path, inherited: dict[str, str]
) -> None:
    before = await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS)
    now = int(time.time()) - 60
    odd, after = (good(number, "c-1", now, PARTITIONS) for number in (9_000_001, 9_000_002))
    fleet = Fleet(broker.bootstrap, tmp_path, inherited, PARTITIONS)
    scorer = fleet.start(0)

    async def both_decided_or_ended() -> bool:
        return not scorer.alive or await logs.total(broker.bootstrap, PREDICTIONS, PARTITIONS) >= before + 2

    try:
        await send_with_header_name(
            broker.bootstrap, REQUESTS, HOME, odd.key or b"", odd.value or b"", b"\xff\xfe"
        )
        await logs.produce(broker.bootstrap, REQUESTS, [(after.key, after.value, [])], HOME)
        await until(both_decided_or_ended, "two more outcomes")
        assert scorer.alive, scorer.log_tail()
    finally:
        fleet.kill_all()
