"""What the console asks again and again is found by an index, not by reading the table."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import schemas
from ingest_api.filters import LogQuery
from ingest_api.log_statement import log_statement
from schemas.topics import REQUESTS
from tests.support.connecting import connect
from tests.support.containers import Database

SQL = Path(schemas.__file__).parent / "sql"
ROWS = 20_000

# Every terminal and every customer has its rows strewn over all of the time.
_FILL = f"""
insert into requests (day, source_topic, source_partition, source_offset, client_id, request_id, source,
    transaction_id, customer_id, terminal_id, received_at)
select '2026-11-01', '{REQUESTS}', n % 12, n, 'default', gen_random_uuid(), 'rest',
    'tx-' || n, 'c-' || n * 7919 % 1000, 't-' || n * 6151 % 1000,
    timestamptz '2026-11-01' + n * interval '4 s'
from generate_series(1, {ROWS}) n;
insert into predictions (day, source_topic, source_partition, source_offset, client_id, request_id, source,
    status, prediction_id, transaction_id, customer_id, terminal_id, received_at, decided_at, body)
select day, source_topic, source_partition, source_offset, client_id, request_id, source,
    'scored', request_id, transaction_id, customer_id, terminal_id, received_at, received_at, '{{}}'
from requests
"""  # noqa: S608 - our own text only


@pytest.fixture(scope="module")
def filled(database: Database) -> Database:
    """All tables, and rows enough that it matters how they are found."""

    async def fill() -> None:
        connection = await connect(database.environment())
        try:
            for file in sorted(SQL.glob("*.sql")):
                await connection.execute(file.read_text())
            await connection.execute(_FILL)
            await connection.execute("analyze")
        finally:
            await connection.close()

    asyncio.run(fill())
    return database


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"customer_id": "c-7"}, "requests_by_customer"),
        ({"terminal_id": "t-7"}, "requests_by_terminal"),
        ({"terminal_id": "t-nobody"}, "requests_by_terminal"),
    ],
)
async def test_a_recent_history_is_found_by_its_index(
    filled: Database, query: dict[str, str], index: str
) -> None:
    asked = LogQuery.model_validate({**query, "status": "scored", "from": "2026-11-01T00:00:00Z"})
    text, values = log_statement("default", asked, None, 101)
    connection = await connect(filled.environment())
    try:
        plan = json.loads(await connection.fetchval(f"explain (format json) {text}", *values))
        of_partitions = await connection.fetch(
            "select inhrelid::regclass::text as part from pg_inherits where inhparent = $1::text::regclass",
            index,
        )
    finally:
        await connection.close()
    steps = list(nodes(plan[0]["Plan"]))
    used = {step["Index Name"] for step in steps if "Index Name" in step}
    assert used & {row["part"] for row in of_partitions}, plan
    assert not [step for step in steps if step["Node Type"] == "Seq Scan" and step["Alias"] == "r"], plan
