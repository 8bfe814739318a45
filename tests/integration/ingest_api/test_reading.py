"""What is stored can be read: pages, exports, filters and numbers that add up."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import httpx
import pytest

from schemas.topics import REQUESTS
from tests.integration.ingest_api.conftest import PARTITIONS
from tests.integration.ingest_api.lab import Lab, stored, transaction

PREDICT, BATCH = "/api/v1/predict", "/api/v1/predict/batch"


async def all_pages(client: httpx.AsyncClient, limit: int, **filters: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    query: dict[str, str | int] = {"limit": limit, **filters}
    while True:
        page = (await client.get("/api/v1/logs", params=query)).json()
        rows += page["data"]
        assert page["has_more"] is (page["next_cursor"] is not None)
        if not page["has_more"]:
            return rows
        query["cursor"] = page["next_cursor"]


async def test_pages_and_the_export_show_every_row_once_newest_first(client: httpx.AsyncClient) -> None:
    bodies = [transaction("paged", number) for number in range(23)]
    results = await client.post(BATCH, json={"transactions": [*bodies, bodies[0]]})
    last = results.json()["results"][-1]["prediction"]["request_id"]
    await stored(client, f"/api/v1/requests/{last}")

    async def complete() -> list[dict[str, Any]]:
        while len(rows := await all_pages(client, 5, customer_id="paged")) < 23:
            await asyncio.sleep(0.05)
        return rows

    rows = await asyncio.wait_for(complete(), 20)
    assert len({row["request"]["transaction_id"] for row in rows}) == len(rows) == 23
    assert rows == sorted(rows, key=lambda row: row["request"]["received_at"], reverse=True)
    query = {"customer_id": "paged"}
    export = await client.get("/api/v1/logs", params=query, headers={"accept": "application/x-ndjson"})
    assert export.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in export.text.splitlines()] == rows
    everything = await all_pages(client, 100, customer_id="paged", include_duplicates="true")
    assert [row["outcome"] for row in everything].count("duplicate") == 1


async def test_an_export_spans_many_pages_of_the_database(client: httpx.AsyncClient, lab: Lab) -> None:
    await lab.sql(
        """insert into requests (day, source_topic, source_partition, source_offset, client_id, request_id,
               source, received_at)
           select '2026-01-01', $1, n % 3, n, 'exporter', gen_random_uuid(), 'kafka',
               timestamptz '2026-01-01' + (n / 7) * interval '1 ms'
           from generate_series(1, 2345) n""",
        REQUESTS,
    )
    reader = await lab.key("read", client="exporter")
    accept = {"accept": "application/x-ndjson", "authorization": f"Bearer {reader}"}
    lines = (await client.get("/api/v1/logs", headers=accept)).text.splitlines()
    assert len({json.loads(line)["request"]["request_id"] for line in lines}) == len(lines) == 2_345


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"decision": "decline"}, 1),
        ({"decision": "approve"}, 1),
        ({"status": "rejected"}, 1),
        ({"status": "pending"}, 0),
        ({"source": "rest"}, 3),
        ({"source": "kafka"}, 0),
        ({"transaction_id": "tx-1"}, 1),
        ({"terminal_id": "t-8"}, 1),
        ({"model_version": "0.0.1"}, 2),
        ({"to": "2026-01-01T00:00:00Z"}, 0),
        ({"from": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}, 3),
    ],
)
async def test_each_filter_narrows(
    client: httpx.AsyncClient, lab: Lab, query: dict[str, str], count: int
) -> None:
    client_id = f"filters-{crc32(json.dumps(query).encode())}"
    key = await lab.key("predict", "read", client=client_id)
    items = [
        transaction("f-1", 1),
        transaction("f-2", 2, amount=100_000, terminal_id="t-8"),
        transaction("f-3", 3, currency="ZZZ"),
    ]
    own = {"authorization": f"Bearer {key}"}
    await client.post(BATCH, json={"transactions": items}, headers=own)

    async def rows(**filters: str) -> int:
        return len((await client.get("/api/v1/logs", params=filters, headers=own)).json()["data"])

    while await rows() < 3:
        await asyncio.sleep(0.05)
    assert await rows(**query) == count


async def test_metrics_always_add_up(client: httpx.AsyncClient, lab: Lab) -> None:
    key = await lab.key("predict", "read", client="adds-up")
    own = {"authorization": f"Bearer {key}"}
    body = transaction("sum", 1)
    items = [body, body, transaction("sum", 2, currency="ZZZ"), transaction("sum-2", 3, amount=200_000)]
    await client.post(BATCH, json={"transactions": items}, headers=own)
    while True:
        metrics = (await client.get("/api/v1/metrics?window=15m", headers=own)).json()
        counts = metrics["requests"]
        parts = ("scored", "duplicate", "rejected", "pending")
        assert counts["accepted"] == sum(counts[name] for name in parts)
        if counts["accepted"] == 4:
            break
        await asyncio.sleep(0.05)
    assert counts == {"accepted": 4, "scored": 2, "duplicate": 1, "rejected": 1, "pending": 0}
    assert metrics["by_source"] == {"rest": 4, "kafka": 0, "replay": 0}
    assert metrics["decisions"] == {"approve": 1, "review": 0, "decline": 1}
    assert 0 < metrics["latency_ms"]["p50"] <= metrics["latency_ms"]["p99"]
    assert metrics["model"] == [{"version": "0.0.1", "scored": 2}]
    assert metrics["window"]["seconds"] == 900
    assert len(metrics["lag"]["partitions"]) == PARTITIONS


async def test_a_request_without_an_outcome_is_pending_everywhere(
    client: httpx.AsyncClient, lab: Lab
) -> None:
    request_id = "01a20ab4-17ce-799e-bd7d-79e71792017c"
    await lab.sql(
        """insert into requests (day, source_topic, source_partition, source_offset, client_id, request_id,
               source, received_at) values ((now() at time zone 'UTC')::date, $1, 0, 99999, 'waits', $2,
               'kafka', now())""",
        REQUESTS,
        request_id,
    )
    own = {"authorization": f"Bearer {await lab.key('read', client='waits')}"}
    state = (await client.get(f"/api/v1/requests/{request_id}", headers=own)).json()
    assert state == {"request_id": request_id, "status": "pending", "prediction": None, "problem": None}
    row = (await client.get("/api/v1/logs?status=pending", headers=own)).json()["data"][0]
    assert (row["outcome"], row["prediction"]) == ("pending", None)
    metrics = (await client.get("/api/v1/metrics", headers=own)).json()
    assert metrics["requests"]["pending"] == 1
    assert metrics["latency_ms"] == {"p50": None, "p95": None, "p99": None}
    assert (await client.get("/api/v1/model", headers=own)).json()["code"] == "not_stored_yet"


async def test_figures_count_what_has_an_outcome_and_no_request_and_what_has_a_request_and_no_outcome(
    client: httpx.AsyncClient, lab: Lab
) -> None:
    """The sink stores the two topics in any order."""
    await lab.sql(
        """insert into requests (day, source_topic, source_partition, source_offset, client_id, request_id,
               source, received_at)
           select (now() at time zone 'UTC')::date, $1, 1, 200000 + n, 'apart', gen_random_uuid(),
               'kafka', now()
           from generate_series(1, 30) n""",
        REQUESTS,
    )
    await lab.sql(
        """insert into predictions (day, source_topic, source_partition, source_offset, client_id, request_id,
               source, status, decision, model_version, received_at, decided_at, body)
           select (now() at time zone 'UTC')::date, $1, 1, 200000 + n, 'apart', gen_random_uuid(), 'kafka',
               case when n % 4 = 0 then 'rejected' else 'scored' end,
               case when n % 4 = 0 then null else 'approve' end,
               case when n % 4 = 0 then null else '1' end,
               now(), now() + n * interval '1 ms', '{}'
           from generate_series(21, 60) n""",
        REQUESTS,
    )
    own = {"authorization": f"Bearer {await lab.key('read', client='apart')}"}
    metrics = (await client.get("/api/v1/metrics?window=1h", headers=own)).json()
    counts = {"accepted": 60, "scored": 30, "duplicate": 0, "rejected": 10, "pending": 20}
    assert metrics["requests"] == counts
    assert metrics["by_source"] == {"rest": 0, "kafka": 60, "replay": 0}
    assert metrics["model"] == [{"version": "1", "scored": 30}]
    assert metrics["latency_ms"] == {"p50": 40.0, "p95": 57.55, "p99": 58.71}


async def test_a_redriven_request_answers_with_what_was_scored_then(
    client: httpx.AsyncClient, lab: Lab
) -> None:
    """One request id, two records: first refused, then scored."""
    done = (await client.post(PREDICT, json=transaction("redriven", 1))).json()
    refused = {"request_id": done["request_id"], "status": "rejected"}
    refused |= {"problem": {"type": "about:blank", "title": "No", "status": 422, "code": "unknown_client"}}
    scored, request_id = f"/api/v1/requests/{done['request_id']}", done["request_id"]
    await stored(client, scored)
    values = (REQUESTS, request_id)
    await lab.sql(
        """insert into requests (day, source_topic, source_partition, source_offset, client_id, request_id,
               source, received_at) values ((now() at time zone 'UTC')::date, $1, 0, 300000, 'default', $2,
               'rest', now() - interval '1 minute')""",
        *values,
    )
    await lab.sql(
        """insert into predictions (day, source_topic, source_partition, source_offset, client_id, request_id,
               source, status, error_code, received_at, decided_at, body)
           values ((now() at time zone 'UTC')::date, $1, 0, 300000, 'default', $2, 'rest', 'rejected',
               'unknown_client', now() - interval '1 minute', now(), $3)""",
        *values,
        json.dumps(refused),
    )
    state = (await client.get(scored)).json()
    assert (state["status"], state["problem"]) == ("scored", None)
    assert state["prediction"]["prediction_id"] == done["prediction_id"]
