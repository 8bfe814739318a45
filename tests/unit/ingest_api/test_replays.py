"""Replays over the API: the statement of a run's rows, its filters, its cursor, and what a run looks like."""

import base64
from datetime import UTC, datetime
from typing import Any, cast

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.cursor import RowPlace, decode_cursor, decode_run_cursor, encode_cursor, encode_run_cursor
from ingest_api.filters import LogQuery
from ingest_api.replays import ReplayProgress, check_run_id, replay_of
from ingest_api.run_log import check_run_filters, run_log_statement
from schemas.problems import Refusal

AT = datetime(2026, 11, 24, 9, 12, tzinfo=UTC)
EVERY: dict[str, Any] = {
    "run_id": "run-1",
    "customer_id": "c'; drop table replays --",
    "terminal_id": "t-7",
    "transaction_id": "tx-1",
    "decision": "review",
    "status": "scored",
    "from": "2026-11-23T00:00:00+01:00",
    "to": "2026-11-24T00:00:00Z",
}


def a_row(**changes: object) -> asyncpg.Record:
    row: dict[str, object] = {
        "run_id": "run-1",
        "source": "transactions.parquet",
        "model_version": "2026.12.1",
        "state": "running",
        "done": 1,
        "transactions": 3,
        "scored": 1,
        "duplicate": 0,
        "rejected": 0,
        "started_at": AT,
        "updated_at": AT,
        "finished_at": None,
        "message": None,
    }
    return cast(asyncpg.Record, row | changes)


def test_all_filters_of_a_run_together_number_their_parameters_without_a_gap() -> None:
    text, values = run_log_statement("bank", LogQuery.model_validate(EVERY), RowPlace(0, 0, 42, "f"), 21)
    assert all(f"${number}" in text for number in range(1, len(values) + 1))
    assert f"${len(values) + 1}" not in text
    assert "?" not in text
    assert "drop table" not in text
    assert values[:2] == ["run-1", "bank"]
    assert values[-2:] == [42, 21]


@pytest.mark.parametrize(
    ("query", "hidden"),
    [
        (LogQuery(run_id="r"), True),
        (LogQuery(run_id="r", status="duplicate"), False),
        (LogQuery(run_id="r", include_duplicates=True), False),
    ],
)
def test_duplicates_of_a_run_are_hidden_unless_asked_for(query: LogQuery, hidden: bool) -> None:
    assert ("<> 'duplicate'" in run_log_statement("bank", query, None, 1)[0]) is hidden


@pytest.mark.parametrize(
    ("filters", "pointers"),
    [
        ({"source": "rest"}, ["/source"]),
        ({"model_version": "1.0.0"}, ["/model_version"]),
        ({"status": "pending"}, ["/status"]),
        ({"source": "kafka", "status": "pending"}, ["/source", "/status"]),
    ],
)
def test_a_filter_that_says_nothing_about_a_run_is_refused_by_name(
    filters: dict[str, str], pointers: list[str]
) -> None:
    with pytest.raises(Refusal) as refused:
        check_run_filters(LogQuery.model_validate({"run_id": "r", **filters}))
    assert refused.value.code == "invalid_field"
    assert [error.pointer for error in refused.value.errors] == pointers


async def test_such_a_filter_is_a_422_before_anything_is_looked_up(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/logs?run_id=run-1&source=rest")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/source"


@pytest.mark.parametrize("run_id", ["", "a b", "x" * 65, "ä", "a\x00b", "a/b", "a\n"])
async def test_what_no_run_can_be_called_is_not_found(run_id: str) -> None:
    with pytest.raises(Refusal, match="not_found"):
        check_run_id(run_id)


async def test_a_run_id_that_is_none_is_a_404_without_a_database(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/replays/a%00b")).status_code == 404


@pytest.mark.parametrize(
    ("done", "transactions", "share"), [(0, 3, 0.0), (1, 3, 0.3333), (3, 3, 1.0), (0, 0, 1.0)]
)
def test_progress_is_a_share_of_the_transactions(done: int, transactions: int, share: float) -> None:
    run = replay_of(a_row(done=done, transactions=transactions))
    assert run.progress == ReplayProgress(done, transactions, share)


@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    run_id=st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
)
def test_the_place_of_a_run_survives_the_round_trip(moment: datetime, run_id: str) -> None:
    place = decode_run_cursor(encode_run_cursor(moment, run_id, "f"), "f")
    assert (place.started_at(), place.r) == (moment, run_id)


def test_a_cursor_of_one_list_is_refused_by_the_other() -> None:
    with pytest.raises(Refusal, match="bad_cursor"):
        decode_cursor(encode_run_cursor(AT, "run-1", "f"), "f")
    with pytest.raises(Refusal, match="bad_cursor"):
        decode_run_cursor(encode_cursor(AT, 1, 2, "f"), "f")
    with pytest.raises(Refusal, match="bad_cursor"):
        decode_run_cursor(encode_run_cursor(AT, "run-1", "f"), "g")


def test_a_forged_run_that_the_database_could_not_take_is_refused() -> None:
    forged = base64.urlsafe_b64encode(b'{"t":0,"r":"a\\u0000b","f":"f"}').decode()
    with pytest.raises(Refusal, match="bad_cursor"):
        decode_run_cursor(forged, "f")
