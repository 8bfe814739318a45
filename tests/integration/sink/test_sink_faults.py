"""The sink as a process, killed, frozen, and without its database: every row exactly once all the same."""

import signal

import asyncpg
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas import topics
from stream_processor.provision.connection import Connection
from tests.integration.sink import wire
from tests.integration.sink.conftest import Put, StartSink
from tests.integration.sink.seen import (
    log,
    repeats,
    requests_and_answers,
    said,
    stored,
    until_beyond,
    until_stored,
    until_stored_from,
)
from tests.support.containers import PausableDatabase
from tests.support.waiting import until


async def test_f03_kill_9_in_the_middle_leaves_every_row_exactly_once(
    kafka: str, database: Connection, put: Put, start_sink: StartSink
) -> None:
    await requests_and_answers(put, range(20_000, 26_000))
    total = len(await log(kafka, topics.REQUESTS))
    for part in (0.05, 0.4):
        sink = start_sink(sink_batch_records="200")
        await until_beyond(database, part * total)
        sink.send(signal.SIGKILL)
        sink.wait(30)
    assert await stored(database, "requests") < total
    start_sink()
    await until_stored(database, "requests", total)
    await until_stored(
        database, "predictions", len(await log(kafka, topics.PREDICTIONS)) - await repeats(kafka)
    )


async def test_f21_postgresql_stopped_for_a_while_is_waited_for_and_caught_up_with(
    kafka: str, database: Connection, put: Put, start_sink: StartSink, server: PausableDatabase
) -> None:
    sink = start_sink(sink_retry_seconds="1")
    await requests_and_answers(put, range(30_000, 30_300))
    await until_stored(database, "requests", len(await log(kafka, topics.REQUESTS)))
    server.stop_immediate()
    try:
        await requests_and_answers(put, range(30_300, 31_300))
        await until(lambda: said(sink, "interrupted, trying again"), "the outage in the log")
    finally:
        server.start()
    again = await asyncpg.connect()
    await until_stored(again, "requests", len(await log(kafka, topics.REQUESTS)))
    await until_stored(again, "predictions", len(await log(kafka, topics.PREDICTIONS)) - await repeats(kafka))
    await again.close()
    assert sink.alive


async def test_f06_a_sink_that_was_stopped_beyond_its_session_is_fenced(
    kafka: str, database: Connection, put: Put, start_sink: StartSink
) -> None:
    frozen = start_sink(sink_batch_records="100")
    await requests_and_answers(put, range(50_000, 54_000))
    total = len(await log(kafka, topics.REQUESTS))
    await until_beyond(database, total / 4)
    frozen.pause()
    try:
        start_sink()
        await until_stored(database, "requests", total)
    finally:
        frozen.resume()
    await requests_and_answers(put, range(54_000, 55_000))
    await until_stored(database, "requests", len(await log(kafka, topics.REQUESTS)))
    await until_stored(
        database, "predictions", len(await log(kafka, topics.PREDICTIONS)) - await repeats(kafka)
    )


async def test_f20_records_that_expired_before_they_were_stored_are_counted_and_passed(
    kafka: str, database: Connection, put: Put, start_sink: StartSink
) -> None:
    await requests_and_answers(put, range(70_000, 70_003))
    sink = start_sink()
    await until_stored_from(database, "tx-70002")
    sink.stop()
    offsets = await put(topics.REQUESTS, ((0, wire.request(number)) for number in range(70_030, 70_040)))
    await database.execute("truncate requests")
    await database.execute(
        "update sink_offsets set next_offset = $1 where topic = $2 and partition = 0",
        offsets[2],
        topics.REQUESTS,
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(topics.REQUESTS, 0): RecordsToDelete(offsets[5])})
    await admin.close()
    again = start_sink()
    await until_stored_from(database, "tx-70039")
    rows = await database.fetch("select source_offset from requests where source_partition = 0 order by 1")
    assert [row["source_offset"] for row in rows] == offsets[5:]
    assert said(again, "the log has no records here")


async def test_a_stop_while_postgresql_hangs_takes_less_than_ten_seconds_and_loses_nothing(
    kafka: str, database: Connection, put: Put, start_sink: StartSink, server: PausableDatabase
) -> None:
    sink = start_sink()
    await until(lambda: said(sink, "partitions assigned"), "the sink joined")
    server.pause()
    try:
        await requests_and_answers(put, range(80_000, 80_100))
        sink.stop(10)
    finally:
        server.resume()
    assert sink.exit_code == 0
    start_sink()
    await until_stored_from(database, "tx-80099")
