"""The one transaction, on a real PostgreSQL: rows and offsets together, fenced, and poison found exactly."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from schemas import topics
from stream_processor.provision.connection import Connection
from stream_processor.redrives import note_headers
from stream_processor.sink.batch import Place, Slice, read_slice
from stream_processor.sink.database import connect
from stream_processor.sink.errors import SinkStopped, is_transient
from stream_processor.sink.progress import Totals
from stream_processor.sink.store import OffsetsDiffer, Store
from tests.integration.sink import wire

PREDICTIONS = Place(topics.PREDICTIONS, 1)
REQUESTS = Place(topics.REQUESTS, 1)


class Sink:
    """A store with its counts, as one process has them."""

    def __init__(self, most_bad_rows: int = 100) -> None:
        self.totals = Totals()
        self.store = Store(connect, lambda: wire.NOW, self.totals, most_bad_rows)

    async def put(self, place: Place, expected: int, records: Sequence[wire.Consumed]) -> None:
        await self.store.store([self.slice(place, expected, records)])

    @staticmethod
    def slice(place: Place, expected: int, records: Sequence[wire.Consumed]) -> Slice:
        return read_slice(place, expected, records, wire.NOW)


@pytest.fixture
async def sink(database: Connection) -> AsyncIterator[Sink]:
    one = Sink()
    await one.store.offsets({PREDICTIONS: 0, REQUESTS: 0})
    yield one
    one.store.drop()


def scored(*numbers: int, **changes: Any) -> list[wire.Consumed]:  # noqa: ANN401
    """Predictions whose own offset and source offset are their number."""
    return [
        wire.consumed(wire.outcome(wire.prediction_of(number, **changes), number), 1, number)
        for number in numbers
    ]


async def offset(database: Connection, place: Place) -> int:
    held = await database.fetchval(
        "select next_offset from sink_offsets where topic = $1 and partition = $2", *place
    )
    return int(held)


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


async def test_f26_exactly_the_poison_rows_become_dead_letters(sink: Sink, database: Connection) -> None:
    records = scored(*range(64))
    poison = {
        3: wire.outcome(wire.prediction_of(3, transaction_id="a\0b"), 3),
        4: wire.outcome(wire.prediction_of(4, prediction_id="no uuid"), 4),
        17: wire.outcome(wire.prediction_of(17), 1 << 63),
        63: wire.outcome(wire.prediction_of(63, request_id="-"), 63),
    }
    for place, made in poison.items():
        records[place] = wire.consumed(made, 1, place)
    await sink.put(PREDICTIONS, 0, records)
    stored = {row["source_offset"] for row in await database.fetch("select source_offset from predictions")}
    assert stored == set(range(64)) - poison.keys()
    letters = await database.fetch('select * from dead_letters order by "offset"')
    assert [letter["offset"] for letter in letters] == sorted(poison)
    assert {letter["stage"] for letter in letters} == {"sink"}
    assert {letter["error_code"] for letter in letters} == {"refused_row"}
    assert not any(
        "a\\" in letter["error_message"] or "uuid" in letter["error_message"] for letter in letters
    )
    assert [letter["source_offset"] for letter in letters] == [3, 4, None, 63]
    assert await offset(database, PREDICTIONS) == 64
    assert (sink.totals.bad_rows, sink.totals.predictions, sink.totals.dead_letters) == (4, 60, 4)


async def test_a_json_escape_of_nul_inside_the_body_is_kept_as_it_stands(
    sink: Sink, database: Connection
) -> None:
    made = wire.prediction_of(0, features={"a\0": 1.0})
    await sink.put(PREDICTIONS, 0, [wire.consumed(wire.outcome(made, 0), 1, 0)])
    assert "\\u0000" in await database.fetchval("select body from predictions")


async def test_unreadable_predictions_become_dead_letters_and_a_replay_becomes_nothing(
    sink: Sink, database: Connection
) -> None:
    key, value, headers = wire.outcome(wire.prediction_of(1), 1)
    assert value is not None
    records = [
        wire.consumed((key, b"{", headers), 1, 0),
        wire.consumed((key, None, headers), 1, 1),
        wire.consumed((key, value, []), 1, 2),
        wire.consumed(
            (key, value.replace(b"2026-11-23T12:00:00.25", b"10000-11-23T12:00:00.25"), headers), 1, 3
        ),
        wire.consumed(wire.outcome(wire.prediction_of(4), 4, run="r1"), 1, 4),
    ]
    await sink.put(PREDICTIONS, 0, records)
    letters = await database.fetch('select "offset", error_code from dead_letters order by 1')
    unreadable = "unreadable_outcome"
    assert [tuple(letter) for letter in letters] == [
        (0, unreadable),
        (1, unreadable),
        (2, "unreadable_fold"),
        (3, unreadable),
    ]
    assert await database.fetchval("select count(*) from predictions") == 0
    assert await offset(database, PREDICTIONS) == 5


async def test_a_second_scored_row_of_one_transaction_is_an_alarm_and_a_dead_letter(
    sink: Sink, database: Connection
) -> None:
    again = wire.consumed(wire.outcome(wire.prediction_of(0, score=0.9), 8), 1, 1)
    await sink.put(PREDICTIONS, 0, [*scored(0), again, *scored(2)])
    assert await database.fetchval("select count(*) from predictions") == 2
    letter = await database.fetchrow("select * from dead_letters")
    assert letter is not None
    assert (letter["error_code"], letter["offset"], letter["source_offset"]) == ("second_scored_row", 1, 8)
    assert sink.totals.second_scored_rows == 1


async def test_the_sink_stops_when_postgresql_refuses_almost_everything(
    sink: Sink, database: Connection
) -> None:
    strict = Sink(most_bad_rows=5)
    with pytest.raises(SinkStopped, match="one version"):
        await strict.put(PREDICTIONS, 0, scored(*range(40), request_id="-"))
    strict.store.drop()
    assert await database.fetchval("select count(*) from dead_letters") == 0
    assert await offset(database, PREDICTIONS) == 0


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


async def test_f24_a_read_only_server_is_waited_for(
    sink: Sink, database: Connection, pg: dict[str, str]
) -> None:
    await database.execute(f"alter role {pg['PGUSER']} set default_transaction_read_only = on")
    sink.store.drop()
    try:
        with pytest.raises(asyncpg.PostgresError) as refused:
            await sink.put(PREDICTIONS, 0, scored(0))
        assert is_transient(refused.value)
    finally:
        await database.execute(f"alter role {pg['PGUSER']} reset all")


async def test_f23_a_lock_that_is_held_and_a_killed_connection_are_waited_for(
    sink: Sink, database: Connection
) -> None:
    async with database.transaction():
        await database.execute("select from sink_offsets for update")
        with pytest.raises(asyncpg.LockNotAvailableError) as locked:
            await sink.put(PREDICTIONS, 0, scored(0))
    assert is_transient(locked.value)
    await database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'flowserve-sink'"
    )
    cuts = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
    with pytest.raises(cuts) as cut:
        await sink.put(PREDICTIONS, 0, scored(0))
    assert is_transient(cut.value)
    sink.store.drop()
    await sink.put(PREDICTIONS, 0, scored(0))
    assert await database.fetchval("select count(*) from predictions") == 1


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
