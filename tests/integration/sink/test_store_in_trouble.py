"""What PostgreSQL does not take is found exactly, and what it cannot do just now is waited for."""

import asyncpg
import pytest

from stream_processor.provision.connection import Connection
from stream_processor.sink.errors import SinkStopped, is_transient
from tests.integration.sink import wire
from tests.integration.sink.one_sink import PREDICTIONS, Sink, offset, scored


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
