"""Card numbers, secrets and control characters are sent through every door, then looked for everywhere."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from schemas.kafka_clients import kafka_arguments
from schemas.topics import DEAD_LETTERS, FEEDBACK, PREDICTIONS, REQUESTS, all_topics
from tests.support import logs, requests
from tests.support.security.broker import PRODUCER, SecuredKafka
from tests.support.security.database import SecuredPostgres
from tests.support.security.stack import SecuredStack
from tests.support.waiting import until

CARDS = ("4012888888881881", "5105 1051 0510 5100", "3782-822463-10005")
SECRET = "CANARY-7f3ab1"
FORGED = 'x\r\n{"level": "forged"}\x1b[31mred'
FIELDS = ("transaction_id", "customer_id", "terminal_id", "currency", "occurred_at", "amount")
JSON = {"Content-Type": "application/json"}
# What a producer wrote stands where it wrote it, for as long as the topic keeps it.
WRITTEN_BY_PRODUCERS = (REQUESTS, FEEDBACK)
PARTITIONS = {topic.name: topic.partitions for topic in all_topics()}

Wire = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


def rest_calls(text: str) -> Iterator[dict[str, Any]]:
    """The text in every place of a call where text can be."""
    for path in ("/api/v1/predict", "/api/v1/feedback"):
        for body in ({**requests.body(), field: text} for field in (*FIELDS, "is_fraud", "unknown", text)):
            yield {"method": "POST", "url": path, "json": body}
        yield {"method": "POST", "url": path, "content": text.encode(), "headers": JSON}
        yield {"method": "POST", "url": path, "content": b'{"a": "' + text.encode(), "headers": JSON}
    batch = {"transactions": [requests.body(customer_id=text), {text: text}], text: text}
    yield {"method": "POST", "url": "/api/v1/predict/batch", "json": batch}
    yield {"method": "POST", "url": "/api/v1/predict/batch", "json": {"transactions": [{text: text}]}}
    names = (
        "customer_id",
        "terminal_id",
        "transaction_id",
        "from",
        "cursor",
        "status",
        "limit",
        "window",
        text,
    )
    for path in ("/api/v1/logs", "/api/v1/metrics", "/api/v1/dlq", "/api/v1/replays"):
        for name in names:
            yield {"method": "GET", "url": path, "params": {name: text}}
    for path in ("requests", "predictions", "replays", "nothing"):
        yield {"method": "GET", "url": f"/api/v1/{path}/{quoted(text)}"}


def quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def header_calls(text: str) -> Iterator[dict[str, Any]]:
    """The same for headers, which cannot hold line breaks."""
    plain = text.replace("\r", "").replace("\n", "").replace("\x1b", "")
    names = ["Prefer", "User-Agent", "Cookie", "Referer", "Accept", "Accept-Language", "Forwarded"]
    names += ["Content-Type", "Authorization", "X-Forwarded-For", "tracestate", "baggage"]
    if text != SECRET:  # a call may have any name, and is answered and logged under it
        names.append("X-Request-Id")
    for name in names:
        yield {"method": "POST", "url": "/api/v1/predict", "json": requests.body(), "headers": {name: plain}}
    digits = "".join(character for character in plain if character.isdigit())[:16]
    traces = (plain, f"00-{'a' * 32}-{digits.rjust(16, 'b')}-01", f"00-{digits.rjust(32, 'a')}-{'b' * 16}-01")
    for trace in traces:
        given = {"traceparent": trace}
        yield {"method": "POST", "url": "/api/v1/predict", "json": requests.body(), "headers": given}


def records(text: str) -> Iterator[Wire]:
    """The text in every part of a record."""
    raw = text.encode()
    body = requests.body()
    good, key = json.dumps(body).encode(), body["customer_id"].encode()
    for field in FIELDS:
        changed = json.dumps({**requests.body(), field: text}).encode()
        yield (raw if field == "customer_id" else key), changed, []
    yield raw, good, []
    yield key, raw, []
    yield key, b'{"a": "' + raw, []
    yield key, text.encode("utf-16"), []
    yield key, "".join(f"\\u{ord(each):04x}" for each in text).encode(), []
    yield key, json.dumps({**requests.body(), "unknown": text, text: 1}).encode(), []
    fresh = {
        "client_id",
        "request_id",
        "source",
        "correlation_id",
        "traceparent",
        "reply_partition",
        "deadline",
    }
    for name in (*sorted(fresh), "x-unknown", "dlq_error_message", "dlq_client", "redrives", text):
        other = requests.body()
        yield other["customer_id"].encode(), json.dumps(other).encode(), [(name, raw)]
    answered = [("correlation_id", raw), ("reply_partition", b"1"), ("client_id", b"default")]
    other = requests.body()
    yield other["customer_id"].encode(), json.dumps(other).encode(), answered


async def everything_is_decided_and_stored(kafka: SecuredKafka, postgres: SecuredPostgres) -> None:
    plain = kafka.kafka.bootstrap

    async def done() -> bool:
        ends = {
            topic: await logs.ends(plain, topic, PARTITIONS[topic])
            for topic in (REQUESTS, FEEDBACK, PREDICTIONS, DEAD_LETTERS)
        }
        decided = sum(ends[PREDICTIONS].values()) >= sum(ends[REQUESTS].values())
        async with postgres.session() as connection:
            rows = await connection.fetch("select topic, partition, next_offset from sink_offsets")
        stored = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        return decided and all(
            stored.get((topic, number), 0) >= end for topic, of in ends.items() for number, end in of.items()
        )

    await until(done, "everything is decided and stored", 60, 0.5)


@pytest.fixture
async def sent(
    stack: SecuredStack, client: httpx.AsyncClient, kafka: SecuredKafka, postgres: SecuredPostgres
) -> list[tuple[int, str]]:
    """All is sent, decided and stored; status, body and headers of every answer."""
    await requests.answers_at_once(client)
    answers = []
    for text in (*CARDS, SECRET, FORGED):
        for call in chain(rest_calls(text), header_calls(text)):
            answer = await client.request(**call)
            assert answer.status_code != 500, call
            answers.append((answer.status_code, answer.text + str(answer.headers.raw)))
    producer = AIOKafkaProducer(**kafka_arguments(kafka.settings(PRODUCER)), acks="all")
    await producer.start()
    try:
        for text in (*CARDS, SECRET, FORGED):
            for topic in WRITTEN_BY_PRODUCERS:
                for key, value, headers in records(text):
                    await producer.send(topic, value, key=key, headers=headers)
    finally:
        await producer.stop()
    await everything_is_decided_and_stored(kafka, postgres)
    answers.append((500, (await client.get("/metrics")).text))
    return answers


async def test_no_card_number_is_kept_and_nothing_refused_is_said_back(
    sent: list[tuple[int, str]],
    stack: SecuredStack,
    folder: Path,
    kafka: SecuredKafka,
    postgres: SecuredPostgres,
) -> None:
    written = {file.name: file.read_text(errors="replace") for file in (folder / "logs").iterdir()}
    topics, tables = await all_records(kafka), await all_rows(postgres)
    for card in CARDS:
        assert not [text for _, text in sent if card in text], "an answer says a card number back"
        assert not [name for name, text in written.items() if card in text], "a log holds a card number"
        assert not [place for place, text in topics if card in text], "a topic holds a card number"
        assert not [place for place, text in tables if card in text], "a table holds a card number"
    # In the place of a name it is a name; where it was refused or has no meaning, nobody finds it again.
    assert not [name for name, text in written.items() if SECRET in text]
    assert not [text for status, text in sent if status >= 400 and SECRET in text]
    for secret in stack.secrets():
        assert not [name for name, text in written.items() if secret in text]
        assert not [place for place, text in (*topics, *tables) if secret in text]
        assert not [text for _, text in sent if secret in text]
    assert_logs_are_whole(written)


def assert_logs_are_whole(written: dict[str, str]) -> None:
    """One JSON object a line, whatever was sent: nobody can write a line of their own."""
    for name in ("api.log", "scorer-0.log", "sink.log", "provision.log"):
        for line in written[name].splitlines():
            assert "\x1b" not in line
            if line.startswith(("+", "|")):
                continue  # Faust introduces itself once, before anything is read
            assert json.loads(line)["level"] in ("debug", "info", "warning", "error", "critical"), line


async def all_records(kafka: SecuredKafka) -> list[tuple[str, str]]:
    """(topic, everything of the record) of what FlowServe itself wrote."""
    found = []
    for topic, partitions in PARTITIONS.items():
        if topic in WRITTEN_BY_PRODUCERS:
            continue
        for entries in (await logs.read_all(kafka.kafka.bootstrap, topic, partitions)).values():
            for record in entries:
                parts = [record.key, record.value, *(text for _, text in record.headers)]
                texts = [(part or b"").decode("latin-1").replace("\0", "") for part in parts]
                found.append((topic, " ".join([*texts, *(name for name, _ in record.headers)])))
    return found


async def all_rows(postgres: SecuredPostgres) -> list[tuple[str, str]]:
    """(table, row as text) of every table there is."""
    async with postgres.session() as connection:
        tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        return [
            (table["tablename"], row["row"])
            for table in tables
            for row in await connection.fetch(f"select t::text as row from {table['tablename']} t")  # noqa: S608
        ]
