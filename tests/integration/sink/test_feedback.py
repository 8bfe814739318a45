"""Reports in PostgreSQL: exactly once, joined to their predictions, and stopped by nothing unreadable."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas import topics
from stream_processor.provision.connection import Connection
from stream_processor.sink.batch import Place, read_slice
from stream_processor.sink.database import connect
from stream_processor.sink.progress import Totals
from stream_processor.sink.store import OffsetsDiffer, Store
from tests.integration.sink import wire
from tests.integration.sink.conftest import PARTITIONS, Put, StartSink
from tests.integration.sink.seen import log, requests_and_answers, stored, until_stored
from tests.support.waiting import until

FEEDBACK = Place(topics.FEEDBACK, 1)
SECRET = b'{"transaction_id":"4242 4242 4242 4242","customer_id":"c-1","is_fraud":true}'


def reports(*numbers: int) -> list[wire.Consumed]:
    """Reports whose own offset is their number."""
    return [wire.consumed(wire.report(number), 1, number) for number in numbers]


@pytest.fixture
async def totals() -> Totals:
    return Totals()


@pytest.fixture
async def store(database: Connection, totals: Totals) -> AsyncIterator[Store]:
    one = Store(connect, lambda: wire.NOW, totals, 100)
    await one.offsets({FEEDBACK: 0})
    yield one
    one.drop()


async def put_all(store: Store, expected: int, records: list[wire.Consumed]) -> None:
    await store.store([read_slice(FEEDBACK, expected, records, wire.NOW)])


async def test_every_column_of_a_report_is_what_was_sent(store: Store, database: Connection) -> None:
    await put_all(store, 0, reports(0))
    row = dict(await database.fetchrow("select * from feedback") or {})
    assert str(row.pop("prediction_id")) == wire.prediction_of(0).prediction_id
    assert row == {
        "topic": topics.FEEDBACK,
        "partition": 1,
        "offset": 0,
        "client_id": "acme",
        "transaction_id": "tx-0",
        "customer_id": "c-0",
        "is_fraud": True,
        "reported_at": wire.NOW,
    }


async def test_a_redelivered_report_makes_no_second_row_and_a_zombies_none(
    store: Store, database: Connection, totals: Totals
) -> None:
    await put_all(store, 0, reports(0, 1, 2))
    with pytest.raises(OffsetsDiffer):
        await put_all(store, 0, reports(0, 1))
    await database.execute("update sink_offsets set next_offset = 0")
    await put_all(store, 0, reports(0, 1, 2, 3))
    assert await stored(database, "feedback") == 4
    assert (totals.feedback, totals.repeats) == (4, 3)


async def test_a_report_that_postgresql_does_not_take_is_the_only_dead_letter(
    store: Store, database: Connection, totals: Totals
) -> None:
    records: list[Any] = reports(*range(8))
    part = read_slice(FEEDBACK, 0, records, wire.NOW)
    # The contract lets nothing through that PostgreSQL refuses: the row is spoilt after it was made.
    part.rows[5] = (*part.rows[5][:4], "no uuid", *part.rows[5][5:])
    await store.store([part])
    assert await stored(database, "feedback") == 7
    letter = await database.fetchrow("select * from dead_letters")
    assert letter is not None
    assert (letter["topic"], letter["partition"], letter["offset"]) == (topics.FEEDBACK, 1, 5)
    assert (letter["client_id"], letter["stage"], letter["error_code"]) == ("acme", "sink", "refused_row")
    assert totals.bad_rows == 1


async def test_reports_on_the_topic_become_rows_that_join_their_predictions(
    kafka: str, database: Connection, put: Put, start_sink: StartSink
) -> None:
    numbers = range(90_000, 90_030)
    sink = start_sink()
    await requests_and_answers(put, numbers)
    await put(topics.FEEDBACK, [(0, (b"c-1", b"{", [])), (1, (b"c-1", SECRET, [])), (2, (b"c-1", None, []))])
    await put(topics.FEEDBACK, ((number % PARTITIONS, wire.report(number)) for number in numbers))
    records = await log(kafka, topics.FEEDBACK)
    await until_stored(database, "feedback", len(records) - 3)
    joined = "select count(*) from feedback join predictions using (prediction_id, client_id)"

    async def all_join() -> bool:
        return bool(await database.fetchval(joined) == len(numbers))

    await until(all_join, "every report joins its prediction")
    letters = await database.fetch("select * from dead_letters where topic = $1", topics.FEEDBACK)
    assert [(letter["stage"], letter["error_code"]) for letter in letters] == [
        ("sink", "unreadable_feedback")
    ] * 3
    assert "4242" not in str(letters)
    times = {(record.partition, record.offset): record.timestamp for record in records}
    for row in await database.fetch("select * from feedback"):
        sent_at = times[row["partition"], row["offset"]]
        assert row["reported_at"].timestamp() * 1000 == pytest.approx(sent_at, abs=0.01)
    sink.stop()
    assert sink.exit_code == 0
    assert "4242" not in sink.log.read_text()
