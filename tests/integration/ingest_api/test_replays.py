"""Replays and their rows over the API: own ones only, page by page, and never mixed with live rows."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zlib import crc32

import httpx
import pytest

from schemas.outcomes import Decision, Duplicate, ModelName, Outcome, Prediction, Rejected, encoder
from schemas.problems import problem
from tests.integration.ingest_api.lab import Lab

START = datetime(2026, 6, 1, tzinfo=UTC)
NDJSON = "application/x-ndjson"


def outcome(place: int) -> Outcome:
    """Every fifth is a duplicate, every seventh rejected."""
    at = START + timedelta(minutes=place)
    ids = (f"tx-{place}", f"c-{place % 3}", "t-1")
    prediction_id, request_id = str(UUID(int=place)), str(UUID(int=1_000 + place))
    if place % 5 == 0:
        return Duplicate(prediction_id, request_id, *ids, "replay", at, at)
    if place % 7 == 0:
        return Rejected(request_id, problem("idempotency_conflict"), "replay", at, at, *ids)
    decision: Decision = "decline" if place % 2 else "approve"
    model = ModelName("flowserve-fraud", "1.0.0")
    return Prediction(
        prediction_id,
        request_id,
        *ids,
        decision,
        0.25,
        (),
        {"amount": 12.5},
        model,
        "replay",
        at,
        at,
        at,
        False,
    )


async def store_run(
    lab: Lab, run_id: str, client: str, rows: int, started_at: datetime = START, state: str = "finished"
) -> None:
    """Straight into the tables, as a replay leaves them."""
    finished = started_at + timedelta(minutes=1) if state == "finished" else None
    await lab.sql(
        """insert into replays (run_id, client_id, source, model_version, state, plan, transactions, done,
               scored, started_at, updated_at, finished_at)
           values ($1, $2, 'history.parquet', '1.0.0', $3, '{}', $4, $5, $5, $6, $6, $7)""",
        run_id,
        client,
        state,
        max(rows, 1),
        rows,
        started_at,
        finished,
    )
    for place in range(1, rows + 1):
        made = outcome(place)
        tag = made.__struct_config__.tag
        await lab.sql(
            """insert into replay_predictions (run_id, place, client_id, input_row, request_id, prediction_id,
                   transaction_id, customer_id, terminal_id, amount, currency, occurred_at, status, decision,
                   score, is_fraud, body)
               values ($1, $2, $3, $2, $4, $5, $6, $7, 't-1', 1250, 'EUR', $8, $9, $10, $11, $12, $13)""",
            run_id,
            place,
            client,
            UUID(made.request_id),
            None if isinstance(made, Rejected) else UUID(made.prediction_id),
            made.transaction_id,
            made.customer_id,
            START + timedelta(minutes=place),
            tag,
            made.decision if isinstance(made, Prediction) else None,
            made.score if isinstance(made, Prediction) else None,
            place == 1 if place < 3 else None,
            encoder.encode(made).decode(),
        )


@pytest.fixture
async def own(client: httpx.AsyncClient, lab: Lab, request: pytest.FixtureRequest) -> httpx.AsyncClient:
    """The client with a key of a new organisation, named after the test."""
    key = await lab.key("read", client=request.node.name[:60])
    client.headers["authorization"] = f"Bearer {key}"
    return client


async def pages(client: httpx.AsyncClient, path: str, **query: str | int) -> list[dict[str, Any]]:
    """All rows, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["data"]
        if not page["has_more"]:
            return rows
        query["cursor"] = page["next_cursor"]


async def test_runs_are_listed_newest_first_page_by_page(own: httpx.AsyncClient, lab: Lab) -> None:
    mine = "test_runs_are_listed_newest_first_page_by_page"
    # Two begin at the same moment: the id decides, and none is lost between pages.
    for number, minute in enumerate((0, 1, 1, 2)):
        await store_run(lab, f"listed-{number}", mine, 0, START + timedelta(minutes=minute), "running")
    rows = await pages(own, "/api/v1/replays", limit=1)
    assert [row["run_id"] for row in rows] == ["listed-3", "listed-2", "listed-1", "listed-0"]
    assert rows == (await own.get("/api/v1/replays")).json()["data"]


async def test_a_run_shows_its_state_and_its_progress(own: httpx.AsyncClient, lab: Lab) -> None:
    await store_run(lab, "shown", "test_a_run_shows_its_state_and_its_progress", 3)
    answer = (await own.get("/api/v1/replays/shown")).json()
    assert answer["state"] == "finished"
    assert answer["source"] == "history.parquet"
    assert answer["progress"] == {"done": 3, "transactions": 3, "share": 1.0}
    assert answer["counts"] == {"scored": 3, "duplicate": 0, "rejected": 0}
    assert answer["started_at"] == "2026-06-01T00:00:00Z"
    assert answer["finished_at"] == "2026-06-01T00:01:00Z"


async def test_the_run_of_another_client_answers_as_if_it_were_not_there(
    own: httpx.AsyncClient, lab: Lab
) -> None:
    await store_run(lab, "not-yours", "somebody-else", 2)
    assert (await own.get("/api/v1/replays")).json()["data"] == []
    for path in ("/api/v1/replays/{}", "/api/v1/logs?run_id={}"):
        others, nobodys = await own.get(path.format("not-yours")), await own.get(path.format("nobody-s"))
        assert others.status_code == nobodys.status_code == 404
        drop = ("request_id",)
        first, second = others.json(), nobodys.json()
        assert {k: v for k, v in first.items() if k not in drop} == {
            k: v for k, v in second.items() if k not in drop
        }
    export = await own.get("/api/v1/logs?run_id=not-yours", headers={"accept": NDJSON})
    assert export.status_code == 404


async def test_the_rows_of_a_run_have_the_shape_of_the_log_last_place_first(
    own: httpx.AsyncClient, lab: Lab
) -> None:
    mine = "test_the_rows_of_a_run_have_the_shape_of_the_log_last_place_first"[:60]
    await store_run(lab, "rows", mine, 23)
    rows = await pages(own, "/api/v1/logs", run_id="rows", limit=4, include_duplicates="true")
    assert [row["request"]["transaction_id"] for row in rows] == [f"tx-{n}" for n in range(23, 0, -1)]
    first = rows[-1]
    assert first["prediction"] == json.loads(encoder.encode(outcome(1)))
    assert first["request"] == {
        "request_id": str(UUID(int=1_001)),
        "transaction_id": "tx-1",
        "customer_id": "c-1",
        "terminal_id": "t-1",
        "amount": 1250,
        "currency": "EUR",
        "occurred_at": "2026-06-01T00:01:00Z",
        "source": "replay",
        "received_at": "2026-06-01T00:01:00Z",
    }
    assert [row["feedback"] for row in rows[-3:]] == [
        None,
        {"is_fraud": False, "reported_at": None},
        {"is_fraud": True, "reported_at": None},
    ]
    rejected = next(row for row in rows if row["outcome"] == "rejected")
    assert rejected["problem"]["code"] == "idempotency_conflict"
    export = await own.get("/api/v1/logs?run_id=rows&include_duplicates=true", headers={"accept": NDJSON})
    assert [json.loads(line) for line in export.text.splitlines()] == rows
    assert (await own.get("/api/v1/logs")).json()["data"] == [], "a replay is not among the live rows"


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({}, [8, 7, 6, 4, 3, 2, 1]),
        ({"customer_id": "c-1"}, [7, 4, 1]),
        ({"terminal_id": "t-2"}, []),
        ({"transaction_id": "tx-4"}, [4]),
        ({"decision": "decline"}, [3, 1]),
        ({"status": "duplicate"}, [5]),
        ({"status": "rejected"}, [7]),
        ({"from": "2026-06-01T00:06:00Z"}, [8, 7, 6]),
        ({"to": "2026-06-01T00:03:00Z"}, [2, 1]),
    ],
)
async def test_the_filters_narrow_a_run(
    own: httpx.AsyncClient, lab: Lab, request: pytest.FixtureRequest, query: dict[str, str], places: list[int]
) -> None:
    name = request.node.name[:60]
    run_id = f"filters-{crc32(json.dumps(query).encode())}"
    await store_run(lab, run_id, name, 8)
    rows = (await own.get("/api/v1/logs", params={"run_id": run_id, **query})).json()["data"]
    assert [int(row["request"]["transaction_id"][3:]) for row in rows] == places


async def test_a_cursor_of_one_run_is_refused_for_another(own: httpx.AsyncClient, lab: Lab) -> None:
    mine = "test_a_cursor_of_one_run_is_refused_for_another"
    await store_run(lab, "left", mine, 3)
    await store_run(lab, "right", mine, 3)
    cursor = (await own.get("/api/v1/logs?run_id=left&limit=1")).json()["next_cursor"]
    answer = await own.get(f"/api/v1/logs?run_id=right&cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def test_a_key_without_the_scope_is_refused(client: httpx.AsyncClient, lab: Lab) -> None:
    key = await lab.key("predict")
    for path in ("/api/v1/replays", "/api/v1/replays/any", "/api/v1/logs?run_id=any"):
        answer = await client.get(path, headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 403
