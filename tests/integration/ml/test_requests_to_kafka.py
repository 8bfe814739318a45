"""`flowserve-ml generate --kafka`: requests arrive in a real topic, keyed, confirmed, at their rate."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import ConsumerRecord
from aiokafka.partitioner import DefaultPartitioner

from schemas import topics
from schemas.transaction import decode
from tests.support import logs
from tests.support.containers import Broker
from tests.support.waiting import until

PARTITIONS = 5
COMMAND = [sys.executable, "-m", "flowserve_ml", "generate"]


@pytest.fixture(scope="module", autouse=True)
def _topics(broker: Broker) -> None:
    asyncio.run(logs.create_topics(broker.bootstrap, PARTITIONS))


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=90)


async def arrived(broker: Broker, run: str) -> list[tuple[int, ConsumerRecord]]:
    """Partition and record of every request whose id names the run, in log order within a partition."""
    partitions = await logs.read_all(broker.bootstrap, topics.REQUESTS, PARTITIONS)
    return [
        (number, record)
        for number, records in partitions.items()
        for record in records
        if run in json.loads(record.value)["transaction_id"]
    ]


async def test_every_request_is_confirmed_keyed_by_customer_and_of_the_client(broker: Broker) -> None:
    same = ("--count", "500", "--seed", "31", "--now", "2026-11-23T12:00:00Z")
    printed = [json.loads(line) for line in generate(*same).stdout.splitlines()]
    done = generate(*same, "--kafka", broker.bootstrap, "--client-id", "bank-7")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{topics.REQUESTS}: 500 requests sent, 500 confirmed\n"
    records = await arrived(broker, "-s31-")
    by_id = {json.loads(record.value)["transaction_id"]: record for _, record in records}
    assert [json.loads(by_id[request["transaction_id"]].value) for request in printed] == printed
    partitioner, everything = DefaultPartitioner(), list(range(PARTITIONS))
    for number, record in records:
        transaction = decode(record.value)
        assert record.key == transaction.customer_id.encode()
        assert number == partitioner(record.key, everything, everything)
        assert record.headers == (("client_id", b"bank-7"),)
    for partition in everything:
        times = [decode(record.value).occurred_at for number, record in records if number == partition]
        assert times == sorted(times)
    assert len({number for number, _ in records}) == PARTITIONS


async def test_with_a_rate_they_occur_as_they_are_sent(broker: Broker) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    done = generate("--count", "20", "--seed", "32", "--rate", "10", "--kafka", broker.bootstrap)
    assert done.returncode == 0, done.stderr
    times = [decode(record.value).occurred_at for _, record in await arrived(broker, "-s32-")]
    assert len(times) == 20
    assert before <= min(times)
    assert max(times) <= datetime.now(UTC)
    assert max(times) - min(times) >= timedelta(seconds=1)


def test_who_interrupts_is_told_what_was_confirmed(broker: Broker) -> None:
    command = [*COMMAND, "--seed", "33", "--rate", "50", "--kafka", broker.bootstrap]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:

        async def some_are_there() -> bool:
            return len(await arrived(broker, "-s33-")) > 10

        asyncio.run(until(some_are_there, "requests arrive"))
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=30)
    assert process.returncode == 130
    assert complaint == "flowserve-ml: interrupted\n"
    there = len(asyncio.run(arrived(broker, "-s33-")))
    assert said.startswith(f"{topics.REQUESTS}: ")
    sent, confirmed = (int(word) for word in said.replace(",", "").split() if word.isdigit())
    assert confirmed <= there <= sent < 2_000
    assert confirmed == sent


def test_a_topic_that_does_not_exist_is_named(broker: Broker) -> None:
    done = generate("--count", "1", "--kafka", broker.bootstrap, "--topic", "no.such.topic")
    assert done.returncode == 1
    assert done.stderr == (
        f"flowserve-ml: {broker.bootstrap} has no topic no.such.topic: create it or choose --topic\n"
    )
    assert done.stdout == "no.such.topic: 0 requests sent, 0 confirmed\n"


def test_a_port_where_nobody_listens_or_nobody_answers_is_said_in_one_line() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        refused = generate("--count", "1", "--kafka", address)
        silent.listen()
        unanswered = generate("--count", "1", "--kafka", address)
    for done in (refused, unanswered):
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"flowserve-ml: no broker answers at {address} within 10 s")
