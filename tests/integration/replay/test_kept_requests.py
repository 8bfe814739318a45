"""What FlowServe itself has kept, on the log and in the database, gives the scores of the same file."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate
from local_stack.services import Services, service_environment
from schemas import topics
from schemas.feedback import Feedback, canonical_feedback
from schemas.transaction import Transaction, canonical
from stream_processor.pipeline.admit import partition_of
from stream_processor.provision.connection import Connection
from tests.integration.replay.bank import Row, read, refusal, replayed, write
from tests.support import logs
from tests.support.containers import Broker
from tests.support.waiting import until

PARTITIONS = 3
DAY = 86_400


@cache
def traffic() -> tuple[list[Transaction], list[tuple[Transaction, float, bool]]]:
    """39 days until now, one request a second at most, and reports: (of what, seconds since 1970, fraud)."""
    now = datetime.now(UTC)
    start = date.fromordinal(now.toordinal() - 39)
    recipe = Recipe(
        customers=12, terminals=15, days=39, bad_terminals_per_day=1, lost_cards_per_day=1, reach=60.0
    )
    made = simulate(recipe, start, seed=4)
    asked, reports, last = [], [], 0
    for number in range(len(made)):
        last = max(last + 1, int(made.times[number]))
        names = (f"tx-{number}", f"c-{made.customers[number]}", f"t-{made.terminals[number]}")
        at = datetime.fromtimestamp(last, UTC)
        if at > now:
            break
        asked.append(Transaction(*names, int(made.cents[number]), "EUR", at))
        if made.is_fraud[number]:
            delay = (2 * DAY, 7 * DAY, 9 * DAY)[number % 3]  # the last comes too late for the terminal
            reports.append((asked[-1], last + delay, True))
    return asked, [report for report in reports if report[1] < now.timestamp()]


def bad() -> list[tuple[bytes, bytes, float, str]]:
    """Requests that the scorer refuses, and one of another client: key, value, arrival, client."""
    asked, _ = traffic()
    at = asked[100].occurred_at.timestamp() + 0.5
    other = canonical(asked[100])
    return [
        (b"c-1", b"{", at, "default"),
        (b"c-0-not", canonical(asked[101]), at, "default"),
        (asked[100].customer_id.encode(), other, at, "somebody-else"),
    ]


async def create_topics(bootstrap: str) -> None:
    """Those of the product, but with the times that a record was sent with: a month passes in a second."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    kept = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
    await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config() | kept)
            for topic in topics.all_topics(PARTITIONS)
        ]
    )
    await admin.close()


async def send_all(bootstrap: str) -> int:
    """Requests and reports, each on its customer's partition and at its time; how many requests."""
    asked, reports = traffic()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)
    await producer.start()

    async def send(topic: str, key: bytes, value: bytes, at: float, client: str = "default") -> Any:  # noqa: ANN401
        partition = partition_of(key, PARTITIONS)
        stamp, headers = round(at * 1_000), [("client_id", client.encode())]
        return await producer.send(
            topic, value, key=key, partition=partition, timestamp_ms=stamp, headers=headers
        )

    good = [
        (entry.customer_id.encode(), canonical(entry), entry.occurred_at.timestamp(), "default")
        for entry in asked
    ]
    requests = sorted([*good, *bad()], key=lambda entry: entry[2])
    sent = [await send(topics.REQUESTS, *entry) for entry in requests]
    for entry, at, is_fraud in sorted(reports, key=lambda report: report[1]):
        value = canonical_feedback(Feedback(entry.transaction_id, entry.customer_id, is_fraud))
        sent.append(await send(topics.FEEDBACK, entry.customer_id.encode(), value, at))
    await asyncio.gather(*sent)
    await producer.stop()
    return len(requests)


@pytest.fixture
async def kept(
    broker: Broker,
    tables: Connection,
    pg: dict[str, str],
    inherited: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Connection]:
    """The traffic has been decided by a real scorer and stored by a real sink; both still run."""
    monkeypatch.setenv("FLOWSERVE_KAFKA_BOOTSTRAP", broker.bootstrap)
    monkeypatch.setenv("FLOWSERVE_PARTITIONS", str(PARTITIONS))
    await create_topics(broker.bootstrap)
    count = await send_all(broker.bootstrap)
    environment = service_environment(
        inherited, tmp_path, broker.bootstrap, pg, ("127.0.0.1", 0), "test-only"
    )
    services = Services(tmp_path, environment | {"FLOWSERVE_PARTITIONS": str(PARTITIONS)})
    running = [services.scorer(), services.sink()]
    for process in running:
        process.start()

    async def stored() -> bool:
        assert all(process.alive for process in running), [process.log_tail(5) for process in running]
        found = await tables.fetchrow(
            "select (select count(*) from requests), (select count(*) from predictions), "
            "(select count(*) from feedback)"
        )
        return found is not None and tuple(found) == (count, count, len(traffic()[1]))

    await until(stored, "everything is decided and stored", 90)
    yield tables
    for process in running:
        process.kill()


async def live_state(bootstrap: str, tables: Connection) -> tuple[object, ...]:
    """What a replay must not touch: offsets of the group, the ends of every log, and the live rows."""
    names = [topic.name for topic in topics.all_topics(PARTITIONS) if topic.partitions == PARTITIONS]
    rows = [
        await tables.fetchval(f"select md5(string_agg(t::text, ';' order by t::text)) from {name} t")  # noqa: S608
        for name in ("requests", "predictions", "feedback", "dead_letters", "sink_offsets")
    ]
    ends = [await logs.ends(bootstrap, name, PARTITIONS) for name in names]
    return await logs.committed(bootstrap, topics.REQUESTS), ends, rows


def file_of(path: Path) -> Path:
    """The same transactions and reports as somebody's file."""
    asked, reports = traffic()
    reported = {entry.transaction_id: at for entry, at, _ in reports}
    return write(
        path,
        (
            {
                "transaction_id": entry.transaction_id,
                "customer_id": entry.customer_id,
                "terminal_id": entry.terminal_id,
                "amount": entry.amount,
                "occurred_at": entry.occurred_at.isoformat(),
                "is_fraud": entry.transaction_id in reported,
                "reported_at": datetime.fromtimestamp(reported[entry.transaction_id], UTC).isoformat()
                if entry.transaction_id in reported
                else None,
            }
            for entry in asked
        ),
    )


def scored(table: list[Row]) -> dict[str, Row]:
    """What was scored, by transaction; the place in the input and what nobody reported may differ."""
    return {
        entry["transaction_id"]: {
            name: value for name, value in entry.items() if name not in ("row", "is_fraud")
        }
        for entry in table
        if entry["status"] == "scored"
    }


async def test_log_rows_and_file_give_the_same_scores_and_nothing_live_is_touched(
    kept: Connection, broker: Broker, tmp_path: Path
) -> None:
    asked, reports = traffic()
    before = await live_state(broker.bootstrap, kept)
    found = {}
    for source in ("requests", "rows", file_of(tmp_path / "bank.jsonl")):
        output = tmp_path / f"{Path(str(source)).name}.parquet"
        await replayed(source, "--output", output)
        found[str(source)] = read(output)
    log, rows, file = found.values()
    assert scored(log) == scored(rows) == scored(file)
    assert list(scored(file)) == [entry.transaction_id for entry in asked]
    assert {entry["terminal_last_label"] for entry in scored(log).values()} == {-1.0, 0.0, 1.0}

    # A report that came too late is a label, and none of the terminal's.
    late = [entry.transaction_id for entry, at, _ in reports if at > entry.occurred_at.timestamp() + 7 * DAY]
    assert late
    for table in (log, rows):
        labels = {
            entry["transaction_id"]: entry["is_fraud"] for entry in table if entry["status"] == "scored"
        }
        assert {name for name, label in labels.items() if label} == {
            entry.transaction_id for entry, _, _ in reports
        }
        assert set(labels.values()) == {True, None}

    # The log still has what the scorer refused; the rows leave it out.
    refused = sorted(entry["problem"].split(":")[0] for entry in log if entry["status"] == "rejected")
    assert refused == ["key_mismatch", "malformed"]
    assert len(rows) == len(asked)

    # A second time into the database: stored beside the live rows, never among them.
    said = await replayed("requests", "--run-id", "again")
    assert "2 rows cannot be scored:" in said
    stored = {
        entry["transaction_id"]: entry["score"]
        for entry in await kept.fetch("select * from replay_predictions where status = 'scored'")
    }
    assert stored == {name: entry["score"] for name, entry in scored(log).items()}
    assert await live_state(broker.bootstrap, kept) == before

    # Parts of the log, a range of the rows, and what is not there.
    output = tmp_path / "part.parquet"
    await replayed("requests", "--offset", "0:0-9", "--offset", "2:5-", "--output", output)
    ends = (await logs.ends(broker.bootstrap, topics.REQUESTS, PARTITIONS))[2]
    other = [bytes(entry[0]) for entry in bad() if entry[3] != "default"]
    foreign = sum(1 for key in other if partition_of(key, PARTITIONS) == 2)
    assert len(read(output)) == 10 + ends - 5 - foreign
    day = asked[-1].occurred_at - timedelta(days=3)
    words = ("--from", day.isoformat(), "--warm-up", "45d")
    await replayed("rows", *words, "--output", output)
    part = scored(read(output))
    assert part == {name: entry for name, entry in scored(rows).items() if entry["occurred_at"] >= day}
    assert part
    for source in ("requests", "rows"):
        assert "there are no transactions of client nobody" in await refusal(source, "--client", "nobody")
