"""The one transaction, on a real PostgreSQL: rows and offsets together, and fenced."""

import json
from datetime import UTC, date, datetime

import pytest

from schemas import topics
from stream_processor.provision.connection import Connection
from stream_processor.redrives import note_headers
from stream_processor.sink.batch import Place
from stream_processor.sink.store import OffsetsDiffer
from tests.integration.sink import wire
from tests.integration.sink.one_sink import PREDICTIONS, REQUESTS, Sink, offset, scored


async def test_every_column_of_a_prediction_is_what_the_scorer_wrote(
    sink: Sink, database: Connection
) -> None:
    made = wire.prediction_of(7, decision="review", score=0.625)
    record = wire.consumed(wire.outcome(made, 4_000_000_000), 1, 0)
    before = await database.fetchval("select clock_timestamp()")
    await sink.put(PREDICTIONS, 0, [record])
    row = dict(await database.fetchrow("select * from predictions") or {})
    body = row.pop("body")
    assert record.value is not None
    assert body == record.value.decode()
    assert before < row.pop("stored_at") < await database.fetchval("select clock_timestamp()")
    assert str(row.pop("request_id")) == made.request_id
    assert str(row.pop("prediction_id")) == made.prediction_id
    assert row == {
        "day": date(2026, 11, 23),
        "source_topic": topics.REQUESTS,
        "source_partition": 1,
        "source_offset": 4_000_000_000,
        "client_id": "acme",
        "source": "rest",
        "status": "scored",
        "transaction_id": made.transaction_id,
        "customer_id": made.customer_id,
        "terminal_id": made.terminal_id,
        "decision": "review",
        "score": 0.625,
        "model_version": "1",
        "error_code": None,
        "occurred_at": made.occurred_at,
        "received_at": made.received_at,
        "decided_at": made.decided_at,
    }


async def test_a_redelivered_batch_makes_no_second_row(sink: Sink, database: Connection) -> None:
    await sink.put(PREDICTIONS, 0, scored(0, 1, 2))
    await database.execute("update sink_offsets set next_offset = 0")
    await sink.put(PREDICTIONS, 0, scored(0, 1, 2, 3))
    assert await database.fetchval("select count(*) from predictions") == 4
    assert (sink.totals.predictions, sink.totals.repeats) == (4, 3)


async def test_of_two_records_for_one_request_the_first_counts_within_a_batch_and_later(
    sink: Sink, database: Connection
) -> None:
    def answer(place: int, score: float) -> wire.Consumed:
        return wire.consumed(wire.outcome(wire.prediction_of(5, score), 5), 1, place)

    await sink.put(PREDICTIONS, 0, [answer(0, 0.1), answer(1, 0.2)])
    await sink.put(PREDICTIONS, 2, [answer(2, 0.3)])
    assert [row["score"] for row in await database.fetch("select score from predictions")] == [0.1]
    assert await offset(database, PREDICTIONS) == 3
    assert await database.fetchval("select count(*) from dead_letters") == 0


async def test_a_batch_of_nothing_but_a_warm_up_has_no_rows_and_moves_the_offset(
    sink: Sink, database: Connection
) -> None:
    warm = [wire.consumed(wire.outcome(wire.prediction_of(each), each, run="r1"), 1, each) for each in (0, 1)]
    await sink.put(PREDICTIONS, 0, warm)
    assert await database.fetchval("select count(*) from predictions") == 0
    assert await offset(database, PREDICTIONS) == 2


async def test_a_repeat_in_one_table_neither_doubles_nor_loses_rows_of_another(
    sink: Sink, database: Connection
) -> None:
    await sink.put(PREDICTIONS, 0, scored(0, 1))
    await database.execute("update sink_offsets set next_offset = 0")
    asked = [wire.consumed(wire.request(each), 1, each) for each in (0, 1, 2)]
    await sink.store.store([sink.slice(REQUESTS, 0, asked), sink.slice(PREDICTIONS, 0, scored(0, 1, 2))])
    assert await database.fetchval("select count(*) from requests") == 3
    assert await database.fetchval("select count(*) from predictions") == 3
    assert (sink.totals.requests, sink.totals.predictions, sink.totals.repeats) == (3, 3, 2)


async def test_whoever_reads_the_next_batch_is_told_once_and_before_the_rows_are_committed(
    sink: Sink, database: Connection
) -> None:
    told: list[bool] = []
    part = sink.slice(PREDICTIONS, 0, scored(0))
    await sink.store.store([part], lambda: told.append(sink.totals.predictions == 0))
    assert told == [True]
    with pytest.raises(OffsetsDiffer):
        await sink.store.store([part], lambda: told.append(False))
    assert told == [True]


async def test_a_zombie_with_an_old_offset_is_rolled_back(sink: Sink, database: Connection) -> None:
    zombie = Sink()
    await sink.put(PREDICTIONS, 0, scored(0, 1, 2))
    with pytest.raises(OffsetsDiffer) as refused:
        await zombie.put(PREDICTIONS, 0, scored(0, 1, score=0.99))
    assert refused.value.places == {PREDICTIONS}
    zombie.store.drop()
    assert await offset(database, PREDICTIONS) == 3
    assert await database.fetchval("select max(score) from predictions") == 0.25


async def test_a_batch_that_starts_beyond_the_stored_offset_is_rolled_back(
    sink: Sink, database: Connection
) -> None:
    with pytest.raises(OffsetsDiffer):
        await sink.put(PREDICTIONS, 5, scored(5, 6))
    assert await database.fetchval("select count(*) from predictions") == 0


async def test_nothing_of_a_batch_is_stored_when_one_of_its_partitions_is_fenced(
    sink: Sink, database: Connection
) -> None:
    good = sink.slice(REQUESTS, 0, [wire.consumed(wire.request(0), 1, 0)])
    with pytest.raises(OffsetsDiffer) as refused:
        await sink.store.store([good, sink.slice(PREDICTIONS, 7, scored(7))])
    assert refused.value.places == {PREDICTIONS}
    assert await database.fetchval("select count(*) from requests") == 0


async def test_a_json_escape_of_nul_inside_the_body_is_kept_as_it_stands(
    sink: Sink, database: Connection
) -> None:
    made = wire.prediction_of(0, features={"a\0": 1.0})
    await sink.put(PREDICTIONS, 0, [wire.consumed(wire.outcome(made, 0), 1, 0)])
    assert "\\u0000" in await database.fetchval("select body from predictions")


async def test_a_missing_day_is_created_and_an_absurd_one_goes_to_the_default_partition(
    sink: Sink, database: Connection
) -> None:
    def at(place: int, moment: datetime) -> wire.Consumed:
        return wire.consumed(wire.request(place), 1, place, timestamp=int(moment.timestamp() * 1000))

    days = [
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2031, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
    ]
    await sink.put(REQUESTS, 0, [at(place, moment) for place, moment in enumerate(days)])
    found = await database.fetch(
        "select tableoid::regclass::text as part from requests order by source_offset"
    )
    assert [row["part"] for row in found] == ["requests_2026_10_01", "requests_default", "requests_default"]


async def test_redrives_leave_one_row_a_batch_in_the_audit_trail_and_none_when_delivered_again(
    sink: Sink, database: Connection
) -> None:
    letters = Place(topics.DEAD_LETTERS, 1)
    await sink.store.offsets({letters: 0})
    before = await database.fetchval("select coalesce(max(id), 0) from audit")
    notes = [
        wire.consumed((None, b"", note_headers(letter, 2, 500 + letter)), 1, place)
        for place, letter in enumerate((40, 7))
    ]
    await sink.put(letters, 0, notes)
    await database.execute("update sink_offsets set next_offset = 0")
    await sink.put(letters, 0, notes)
    (entry,) = await database.fetch("select * from audit where id > $1", before)
    assert (entry["action"], entry["subject"]) == ("letters.redrive", f"{topics.DEAD_LETTERS}-1")
    details = json.loads(entry["details"])
    assert (details["letters"], details["offsets"]) == (2, [7, 40])
