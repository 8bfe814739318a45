"""Reports against a real Kafka and a real PostgreSQL: what is published, and what figures and rows say."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from schemas.headers import first
from schemas.identifiers import prediction_id, text
from schemas.topics import FEEDBACK, REQUESTS
from tests.integration.ingest_api.conftest import PARTITIONS
from tests.integration.ingest_api.lab import Api, Lab, transaction
from tests.support import logs

BATCH, REPORT, METRICS, LOGS = "/api/v1/predict/batch", "/api/v1/feedback", "/api/v1/metrics", "/api/v1/logs"
NOW = datetime.now(UTC)


class Figures:
    """Four scored transactions of one customer, the first two declined, and reports straight in the table."""

    def __init__(self, lab: Lab, client: httpx.AsyncClient, client_id: str, partition: int) -> None:
        self.lab = lab
        self.client = client
        self.client_id = client_id
        self.partition = partition

    async def report(self, number: int, is_fraud: bool, offset: int, **changes: Any) -> None:  # noqa: ANN401
        """As the sink stores it; `client_id`, `partition` and `reported_at` may be others."""
        place = {"client_id": self.client_id, "partition": self.partition, "reported_at": NOW, **changes}
        transaction_id = f"tx-{number}"
        await self.lab.sql(
            """insert into feedback (topic, partition, "offset", client_id, prediction_id, transaction_id,
                   customer_id, is_fraud, reported_at) values ($1, $2, $3, $4, $5, $6, 'figures', $7, $8)""",
            FEEDBACK,
            place["partition"],
            offset,
            place["client_id"],
            text(prediction_id(self.client_id, "figures", transaction_id)),
            transaction_id,
            is_fraud,
            place["reported_at"],
        )

    async def seen(self) -> tuple[Any, ...]:
        """reports, frauds, precision, recall."""
        found = (await self.client.get(METRICS)).json()["feedback"]
        return tuple(found[name] for name in ("reports", "frauds", "precision", "recall"))

    async def logged(self) -> dict[str, Any]:
        """By transaction what /logs says of its report."""
        rows = (await self.client.get(LOGS)).json()["data"]
        return {row["request"]["transaction_id"]: row["feedback"] for row in rows}


@pytest.fixture
async def figures(
    lab: Lab, api: Api, client: httpx.AsyncClient, request: pytest.FixtureRequest
) -> AsyncIterator[Figures]:
    """A client of its own for each test."""
    name = request.node.name[-40:]
    key = await lab.key("predict", "read", client=name)
    await lab.sql("truncate feedback")
    async with api.client(key) as own:
        items = [transaction("figures", number, amount=amount) for number, amount in AMOUNTS.items()]
        await own.post(BATCH, json={"transactions": items})
        while len((await own.get(LOGS, params={"status": "scored"})).json()["data"]) < len(items):
            await asyncio.sleep(0.05)
        records = await logs.read_all(lab.kafka.bootstrap, REQUESTS, PARTITIONS)
        (partition,) = {p for p, some in records.items() if any(each.key == b"figures" for each in some)}
        yield Figures(lab, own, name, partition)


AMOUNTS = {1: 200_000, 2: 200_000, 3: 100, 4: 100}


async def test_a_report_goes_to_the_partition_of_its_customers_requests(
    client: httpx.AsyncClient, lab: Lab, api: Api
) -> None:
    key = await lab.key("predict", "feedback", client="placed")
    customers = [f"placed-{number}" for number in range(20)]
    async with api.client(key) as own:
        for customer in customers:
            report = {"transaction_id": "tx-1", "customer_id": customer, "is_fraud": True}
            answer = await own.post(REPORT, json=report)
            assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
            await own.post("/api/v1/predict", json=transaction(customer))
        last = answer.json()["request_id"]
    homes: list[dict[bytes, int]] = []
    for topic in (REQUESTS, FEEDBACK):
        records = await logs.read_all(lab.kafka.bootstrap, topic, PARTITIONS)
        ours = [
            each for some in records.values() for each in some if (each.key or b"").startswith(b"placed-")
        ]
        homes.append({each.key: each.partition for each in ours})
    assert homes[0] == homes[1]
    assert len(homes[1]) == 20
    (record,) = [each for each in ours if first(each.headers, "request_id") == last.encode()]
    assert record.value == b'{"transaction_id":"tx-1","customer_id":"placed-19","is_fraud":true}'
    assert (first(record.headers, "client_id"), first(record.headers, "source")) == (b"placed", b"rest")


async def test_without_reports_there_is_nothing_to_divide(figures: Figures) -> None:
    assert await figures.seen() == (0, 0, None, None)
    assert await figures.logged() == {f"tx-{number}": None for number in AMOUNTS}


async def test_precision_and_recall_are_those_of_the_reported_transactions(figures: Figures) -> None:
    await figures.report(3, False, 0)
    assert await figures.seen() == (1, 0, None, None)
    await figures.report(1, True, 1)
    assert await figures.seen() == (2, 1, 1.0, 1.0)
    await figures.report(2, False, 2)
    assert await figures.seen() == (3, 1, 0.5, 1.0)
    await figures.report(4, True, 3)
    assert await figures.seen() == (4, 2, 0.5, 0.5)
    await figures.report(9, True, 4)  # of a transaction that nobody has sent
    assert await figures.seen() == (4, 2, 0.5, 0.5)


async def test_the_latest_report_on_the_log_counts_even_if_the_brokers_clock_stepped_back(
    figures: Figures,
) -> None:
    earlier = NOW - timedelta(minutes=5)
    await figures.report(1, True, 7)
    await figures.report(1, False, 8, reported_at=earlier)
    assert await figures.seen() == (1, 0, 0.0, None)
    logged = (await figures.logged())["tx-1"]
    assert logged["is_fraud"] is False
    assert datetime.fromisoformat(logged["reported_at"]) == earlier


async def test_another_clients_report_and_a_misplaced_one_count_for_nothing(figures: Figures) -> None:
    await figures.report(1, True, 20)
    await figures.report(1, False, 21, client_id="somebody-else")
    await figures.report(1, False, 22, partition=(figures.partition + 1) % PARTITIONS)
    assert await figures.seen() == (1, 1, 1.0, 1.0)
    assert (await figures.logged())["tx-1"]["is_fraud"] is True


async def test_reports_outside_the_window_of_their_transactions_are_left_out(figures: Figures) -> None:
    await figures.report(1, True, 30, reported_at=NOW + timedelta(days=6))
    assert await figures.seen() == (1, 1, 1.0, 1.0)  # it is the transaction's time that the window is about
    await figures.lab.sql(
        "update predictions set received_at = received_at - interval '2 hours' where client_id = $1",
        figures.client_id,
    )
    assert await figures.seen() == (0, 0, None, None)
