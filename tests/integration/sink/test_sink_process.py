"""The sink as a process on real Kafka and PostgreSQL: its rows, its stop, and what it refuses."""

import pytest
from aiokafka import AIOKafkaProducer

from schemas import topics
from stream_processor.provision.connection import Connection
from tests.integration.sink import wire
from tests.integration.sink.conftest import Put, StartSink
from tests.integration.sink.seen import (
    log,
    repeats,
    requests_and_answers,
    said,
    until_stored,
    until_stored_from,
)
from tests.support.waiting import until


async def test_rows_equal_what_was_produced(
    kafka: str, database: Connection, put: Put, start_sink: StartSink
) -> None:
    sink = start_sink()
    await requests_and_answers(put, range(1_000, 1_300))
    odd: list[wire.Wire] = [
        (None, b"no json", [("client_id", b"two words")]),
        (b"k", None, []),
        (b"k", b'{"transaction_id":"4242424242424242"}', [("request_id", b"nothing"), ("source", b"replay")]),
    ]
    places = await put(topics.REQUESTS, ((0, record) for record in odd))
    late = wire.rejected(9)
    await put(topics.PREDICTIONS, [(0, wire.outcome(late, places[0])), (0, wire.outcome(late, places[0]))])
    await put(topics.DEAD_LETTERS, [(0, (None, b"secret payload", [("dlq_error_code", b"malformed")]))])

    requests = await log(kafka, topics.REQUESTS)
    await until_stored(database, "requests", len(requests))
    letters = f"dead_letters where topic = '{topics.DEAD_LETTERS}'"
    await until_stored(database, letters, len(await log(kafka, topics.DEAD_LETTERS)))
    answers = await log(kafka, topics.PREDICTIONS)
    await until_stored(database, "predictions", len(answers) - 1)
    bodies = {row["body"] for row in await database.fetch("select body from predictions")}
    assert bodies == {record.value.decode() for record in answers}

    rows = {
        (row["source_partition"], row["source_offset"]): row
        for row in await database.fetch("select * from requests")
    }
    assert rows.keys() == {(record.partition, record.offset) for record in requests}
    first = [rows[0, place] for place in places]
    assert [row["client_id"] for row in first] == ["unknown", "default", "default"]
    assert {row["source"] for row in first} == {"kafka"}
    assert not any(row["transaction_id"] or row["amount"] or row["customer_id"] for row in first)
    for record in requests:
        row = rows[record.partition, record.offset]
        assert row["received_at"].timestamp() * 1000 == pytest.approx(record.timestamp, abs=0.01)
        assert row["day"] == row["received_at"].date()
    sink.stop()
    assert sink.exit_code == 0


async def test_two_sinks_share_the_partitions_and_one_takes_over_when_the_other_stops(
    kafka: str, database: Connection, put: Put, start_sink: StartSink
) -> None:
    one, two = start_sink(), start_sink()
    await until(lambda: said(two, "partitions assigned"), "the second sink joined")
    await requests_and_answers(put, range(40_000, 42_000))
    await until_stored(database, "requests", len(await log(kafka, topics.REQUESTS)))
    one.stop()
    assert one.exit_code == 0
    await requests_and_answers(put, range(42_000, 43_000))
    await until_stored(database, "requests", len(await log(kafka, topics.REQUESTS)))
    await until_stored(
        database, "predictions", len(await log(kafka, topics.PREDICTIONS)) - await repeats(kafka)
    )


async def test_transaction_markers_on_the_log_hold_up_nothing(
    kafka: str, database: Connection, put: Put, start_sink: StartSink
) -> None:
    sink = start_sink()
    await until(lambda: said(sink, "partitions assigned"), "the sink joined")
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id="fintech")
    await producer.start()
    for number in range(60_000, 60_003):
        async with producer.transaction():
            key, value, headers = wire.request(number)
            await producer.send(topics.REQUESTS, value, key=key, headers=headers, partition=0)
        await until_stored_from(database, f"tx-{number}")
    await producer.stop()
    await until(lambda: said(sink, "the log has no records here"), "the markers in the log")


async def test_a_log_that_is_shorter_than_what_is_stored_stops_the_sink_with_advice(
    database: Connection, put: Put, start_sink: StartSink
) -> None:
    await database.execute("insert into sink_offsets values ($1, 0, 999999999)", topics.REQUESTS)
    sink = start_sink()
    await until(lambda: not sink.alive, "the sink ended")
    assert sink.exit_code == 70
    assert "Restore the log, or empty the tables" in sink.log.read_text()


async def test_a_stop_without_kafka_is_quick_and_clean(database: Connection, start_sink: StartSink) -> None:
    sink = start_sink(kafka_bootstrap="127.0.0.1:1")
    await until(lambda: said(sink, "interrupted, trying again"), "the first failure")
    sink.stop(10)
    assert sink.exit_code == 0


async def test_a_database_without_tables_stops_the_sink_with_advice(
    database: Connection, put: Put, start_sink: StartSink
) -> None:
    await database.execute("alter table sink_offsets rename to hidden")
    try:
        sink = start_sink()
        await until(lambda: not sink.alive, "the sink ended")
    finally:
        await database.execute("alter table hidden rename to sink_offsets")
    assert sink.exit_code == 70
    assert "stream_processor.provision" in sink.log.read_text()
