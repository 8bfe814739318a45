"""A report of fraud reaches the rows and the figures of whoever sent it, through either door."""

import json

import httpx

from schemas.topics import FEEDBACK
from tests.support import logs, requests
from tests.support.stack import RunningStack
from tests.support.waiting import until


def report(transaction: dict[str, object], is_fraud: bool) -> dict[str, object]:
    return {
        "transaction_id": transaction["transaction_id"],
        "customer_id": transaction["customer_id"],
        "is_fraud": is_fraud,
    }


async def reported(client: httpx.AsyncClient, transaction: dict[str, object]) -> bool | None:
    """What the log says of a transaction: fraud, genuine, or no report."""
    answer = await client.get("/api/v1/logs", params={"transaction_id": str(transaction["transaction_id"])})
    entries = answer.json()["data"]
    found = entries[0]["feedback"] if entries else None
    return bool(found["is_fraud"]) if found else None


async def test_a_report_over_rest_is_seen_in_logs_and_metrics(client: httpx.AsyncClient) -> None:
    scored = await requests.scored(client, requests.body())
    before = (await client.get("/api/v1/metrics")).json()["feedback"]
    answer = await client.post("/api/v1/feedback", json=report(scored, True))
    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"

    async def seen() -> bool:
        return await reported(client, scored) is True

    await until(seen, "the report in /logs")
    after = (await client.get("/api/v1/metrics")).json()["feedback"]
    assert (after["reports"], after["frauds"]) == (before["reports"] + 1, before["frauds"] + 1)
    assert after["recall"] is not None


async def test_the_latest_report_counts_and_a_producers_is_as_good(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    scored = await requests.scored(client, requests.body())
    assert (await client.post("/api/v1/feedback", json=report(scored, True))).status_code == 202
    value = json.dumps(report(scored, False)).encode()
    await logs.produce(stack.kafka.bootstrap, FEEDBACK, [(scored["customer_id"].encode(), value, [])])

    async def genuine() -> bool:
        return await reported(client, scored) is False

    await until(genuine, "the later report in /logs")


async def test_a_report_of_an_unknown_transaction_is_harmless_and_waits_for_it(
    client: httpx.AsyncClient,
) -> None:
    early = requests.body()
    known = await requests.scored(client, requests.body(customer_id=early["customer_id"]))
    before = (await client.get("/api/v1/metrics")).json()["feedback"]
    for transaction in (early, known):  # one customer, so the first is stored before the second is seen
        assert (await client.post("/api/v1/feedback", json=report(transaction, True))).status_code == 202

    async def seen() -> bool:
        return await reported(client, known) is True

    await until(seen, "the report that came second")
    after = (await client.get("/api/v1/metrics")).json()["feedback"]
    assert (after["reports"], after["frauds"]) == (before["reports"] + 1, before["frauds"] + 1)
    await requests.scored(client, early)

    async def found_its_transaction() -> bool:
        return await reported(client, early) is True

    await until(found_its_transaction, "the report that came before its transaction")


async def test_another_clients_report_changes_nothing_of_ours(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    scored = await requests.scored(client, requests.body())
    before = (await client.get("/api/v1/metrics")).json()["feedback"]
    other = stack.keys("create", "--client", "feedback-other", "--name", "t", "--scopes", "feedback").split()[
        -1
    ]
    async with stack.client(other) as foreign:
        assert (await foreign.post("/api/v1/feedback", json=report(scored, True))).status_code == 202
    assert (await client.post("/api/v1/feedback", json=report(scored, False))).status_code == 202

    async def ours() -> bool:
        return await reported(client, scored) is not None

    await until(ours, "our own report")
    assert await reported(client, scored) is False
    after = (await client.get("/api/v1/metrics")).json()["feedback"]
    assert (after["reports"], after["frauds"]) == (before["reports"] + 1, before["frauds"])


async def test_bad_reports_are_refused_and_leave_no_trace(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    before = await logs.total(stack.kafka.bootstrap, FEEDBACK, 12)
    good = {"transaction_id": "tx", "customer_id": "c", "is_fraud": True}
    for change, code in (
        ({"is_fraud": "yes"}, "invalid_field"),
        ({"note": "x"}, "invalid_field"),
        ({"customer_id": "4111 1111 1111 1111"}, "card_number"),
    ):
        answer = await client.post("/api/v1/feedback", json=good | change)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    reader = stack.keys("create", "--client", "default", "--name", "r", "--scopes", "read").split()[-1]
    async with stack.client(reader) as limited:
        assert (await limited.post("/api/v1/feedback", json=good)).status_code == 403
    assert await logs.total(stack.kafka.bootstrap, FEEDBACK, 12) == before


async def test_an_unreadable_report_of_a_producer_stops_nothing(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    await logs.produce(stack.kafka.bootstrap, FEEDBACK, [(b"c-1", b"{", []), (b"c-1", None, [])])
    scored = await requests.scored(client, requests.body())
    assert (await client.post("/api/v1/feedback", json=report(scored, True))).status_code == 202

    async def seen() -> bool:
        return await reported(client, scored) is True

    await until(seen, "a report behind unreadable ones")
