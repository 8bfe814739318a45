"""What an erasure deletes from PostgreSQL, and what it leaves."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from cli.erase_rows import count_rows, delete_rows, running_replays, subject_of
from stream_processor.provision.connection import Connection
from tests.integration.erasure import stored

NOW = datetime.now(UTC).replace(microsecond=0)
BEFORE, AFTER = NOW - timedelta(hours=1), NOW + timedelta(seconds=1)
ALL = {
    "requests": 3,
    "predictions": 3,
    "feedback": 1,
    "dead_letters": 1,
    "redrives": 1,
    "replay_predictions": 1,
}


async def fill(tables: Connection) -> None:
    """Of c-1: a request, a repeat and a refused one, a report, a letter with its note, a replayed row."""
    await stored.decided(tables, 1, BEFORE)
    await stored.decided(tables, 2, BEFORE - timedelta(days=40), status="duplicate")
    await stored.decided(tables, 3, BEFORE, status="rejected")
    await stored.letter(tables, 10, 3, BEFORE)
    await stored.report(tables, 1, BEFORE)
    await stored.replay(tables, "bank", ["c-1", "c-2"], BEFORE)
    # Of others, and of c-1 after the record.
    await stored.decided(tables, 4, BEFORE, customer="c-2")
    await stored.decided(tables, 5, BEFORE, client="acme")
    await stored.decided(tables, 6, AFTER)
    await stored.decided(tables, 7, BEFORE, customer=None, status="rejected")
    await stored.letter(tables, 20, 7, BEFORE)
    await stored.report(tables, 2, BEFORE, client="acme")
    await stored.report(tables, 3, AFTER)


async def offsets(tables: Connection, table: str, column: str) -> list[int]:
    rows = await tables.fetch(f"select {column} as place from {table} order by 1")  # noqa: S608
    return [row["place"] for row in rows]


async def unequal(tables: Connection) -> int:
    """Requests without their outcome, and outcomes without their request."""
    found: int = await tables.fetchval(
        "select count(*) from requests r full join predictions p "
        "using (day, source_topic, source_partition, source_offset) "
        "where r.client_id is null or p.client_id is null"
    )
    return found


async def test_all_of_the_customer_goes_and_nothing_else(tables: Connection) -> None:
    await fill(tables)
    gone = await delete_rows(tables, "default", "c-1", NOW, subject_of("default", "c-1"), "feedback 0/1")
    assert gone == ALL
    assert await offsets(tables, "requests", "source_offset") == [4, 5, 6, 7]
    assert await offsets(tables, "predictions", "source_offset") == [4, 5, 6, 7]
    assert await offsets(tables, "feedback", '"offset"') == [2, 3]
    assert await offsets(tables, "dead_letters", '"offset"') == [20]
    assert await offsets(tables, "redrives", "letter_offset") == [20]
    assert await offsets(tables, "replay_predictions", "place") == [2]
    assert await unequal(tables) == 0


async def test_what_is_shown_before_is_what_is_stored(tables: Connection) -> None:
    await fill(tables)
    # The one after the record counts as well; an outcome without a customer is not seen beforehand.
    assert await count_rows(tables, "default", "c-1") == {
        **ALL,
        "requests": 4,
        "predictions": 3,
        "feedback": 2,
    }


async def test_an_outcome_whose_request_was_never_stored_goes_as_well(tables: Connection) -> None:
    await stored.decided(tables, 1, BEFORE)
    await tables.execute("delete from requests")
    gone = await delete_rows(tables, "default", "c-1", NOW, subject_of("default", "c-1"), "feedback 0/1")
    assert (gone["requests"], gone["predictions"]) == (0, 1)


async def test_a_second_time_there_is_nothing_left(tables: Connection) -> None:
    await fill(tables)
    subject = subject_of("default", "c-1")
    await delete_rows(tables, "default", "c-1", NOW, subject, "feedback 0/1")
    gone = await delete_rows(tables, "default", "c-1", NOW, subject, "feedback 0/2")
    assert gone == dict.fromkeys(ALL, 0)


async def test_the_trail_says_what_was_done_and_names_the_customer_to_the_receipt_only(
    tables: Connection,
) -> None:
    subject = subject_of("default", "c-1")
    await delete_rows(tables, "default", "c-1", NOW, subject, "feedback 0/1")
    row = await tables.fetchrow("select * from audit order by id desc limit 1")
    assert row is not None
    assert row["action"] == "erasure.done"
    assert json.loads(row["details"])["rows"] == dict.fromkeys(ALL, 0)
    assert "c-1" not in str(dict(row))
    digest = hmac.new(bytes.fromhex(subject.key), b"default\0c-1", hashlib.sha256).hexdigest()
    assert row["subject"] == f"hmac-sha256:{digest}"
    assert subject_of("default", "c-1") != subject


async def test_runs_that_may_store_more_rows_are_named(tables: Connection) -> None:
    await stored.replay(tables, "done", [], BEFORE)
    await stored.replay(tables, "goes-on", [], BEFORE, state="running")
    assert await running_replays(tables, "default") == ["goes-on"]
    assert await running_replays(tables, "acme") == []
