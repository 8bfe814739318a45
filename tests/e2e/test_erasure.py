"""A customer who is erased is nowhere to be read, begins anew, and stays erased; nobody else notices."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from schemas.topics import REQUESTS
from tests.support import logs, requests
from tests.support.stack import RunningStack
from tests.support.waiting import until


async def flowserve(stack: RunningStack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, with nobody at the terminal."""
    command = [sys.executable, "-m", "cli", *arguments]
    return await asyncio.to_thread(
        subprocess.run,
        command,
        env=stack.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


async def erased(stack: RunningStack, customer: str) -> dict[str, Any]:
    """The receipt."""
    done = await flowserve(stack, "erase", "--customer", customer, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    receipt: dict[str, Any] = json.loads(done.stdout)
    return receipt


async def month(client: httpx.AsyncClient, customer: str) -> float:
    """How many transactions of the last 30 days a new one of the customer is scored with, itself included."""
    scored = await requests.scored(client, requests.body(customer_id=customer))
    return float(scored["features"]["customer_count_30d"])


async def logged(client: httpx.AsyncClient, customer: str) -> int:
    answer = await client.get("/api/v1/logs", params={"customer_id": customer, "include_duplicates": True})
    return len(answer.json()["data"])


async def same_as_unknown(client: httpx.AsyncClient, kind: str, name: str) -> None:
    unknown = (await client.get(f"/api/v1/{kind}/0196a0c4-5a80-7c1e-9d52-6f1b2c3d4e5f")).json()
    answer = await client.get(f"/api/v1/{kind}/{name}")
    assert answer.status_code == 404
    assert {key: answer.json()[key] for key in ("code", "title", "status")} == {
        key: unknown[key] for key in ("code", "title", "status")
    }


async def adds_up(client: httpx.AsyncClient) -> dict[str, int]:
    """The counts of /metrics, once nothing is pending."""
    found: list[dict[str, int]] = []

    async def settled() -> bool:
        found.append((await client.get("/api/v1/metrics")).json()["requests"])
        return found[-1]["pending"] == 0

    await until(settled, "nothing is pending")
    counts = found[-1]
    assert counts["accepted"] == counts["scored"] + counts["duplicate"] + counts["rejected"]
    return counts


async def test_an_erased_customer_is_gone_begins_anew_and_stays_gone(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    first = [requests.body(customer_id="gone") for _ in range(3)]
    scored = [await requests.scored(client, transaction) for transaction in first]
    assert (await client.post("/api/v1/predict", json=first[0])).status_code == 200  # a repeat
    refused = requests.body(customer_id="gone", occurred_at="2026-01-01T00:00:00Z")
    record: logs.Message = (b"gone", json.dumps(refused).encode(), [])
    await logs.produce(stack.kafka.bootstrap, REQUESTS, [record])  # this door has a dead letter
    report = {"transaction_id": first[0]["transaction_id"], "customer_id": "gone", "is_fraud": True}
    assert (await client.post("/api/v1/feedback", json=report)).status_code == 202
    assert [await month(client, "stays") for _ in range(2)] == [1, 2]

    async def all_there() -> bool:
        return await logged(client, "gone") == 5 and await logged(client, "stays") == 2

    await until(all_there, "the rows")
    before = await adds_up(client)

    receipt = await erased(stack, "gone")
    assert receipt["rows"]["requests"] == receipt["rows"]["predictions"] == 5
    assert (receipt["rows"]["feedback"], receipt["rows"]["dead_letters"]) == (1, 1)
    assert "gone" not in json.dumps(receipt["audit"])
    assert set(receipt["copies_until"]) >= {"flowserve.requests.v1", "flowserve.predictions.v1"}

    assert (await logged(client, "gone"), await logged(client, "stays")) == (0, 2)
    for answer in scored:
        await same_as_unknown(client, "predictions", answer["prediction_id"])
        await same_as_unknown(client, "requests", answer["request_id"])
    after = await adds_up(client)
    assert before["accepted"] - after["accepted"] == 5

    assert (await month(client, "gone"), await month(client, "stays")) == (1, 3)
    stack.scorer.kill()
    stack.revive()
    await requests.answers_at_once(client)
    assert (await month(client, "gone"), await month(client, "stays")) == (2, 4)
    # What was decided once is decided anew: nobody remembers it.
    again = await requests.scored(client, first[1])
    assert again["request_id"] != scored[1]["request_id"]


async def test_without_a_scorer_it_says_what_is_missing_and_the_same_command_does_it_later(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    await requests.row(
        client, (await requests.scored(client, requests.body(customer_id="later")))["prediction_id"]
    )
    stack.leave_down(stack.scorer)
    stack.scorer.kill()
    done = await flowserve(stack, "erase", "--customer", "later", "--yes", "--wait", "2")
    assert (done.returncode, done.stdout) == (3, "")
    assert "not done yet" in done.stderr
    assert await logged(client, "later") == 1
    stack.want(stack.scorer)
    await requests.answers_at_once(client)
    assert (await erased(stack, "later"))["rows"]["requests"] == 1
    assert await month(client, "later") == 1


async def test_without_a_sink_it_says_what_is_missing_and_the_same_command_does_it_later(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    stack.leave_down(stack.sink)
    stack.sink.kill()
    await requests.scored(client, requests.body(customer_id="unstored"))
    done = await flowserve(stack, "erase", "--customer", "unstored", "--yes", "--wait", "12")
    assert done.returncode == 3
    assert "Is the sink running?" in done.stderr
    stack.want(stack.sink)
    assert (await erased(stack, "unstored"))["rows"]["requests"] == 1
    assert await logged(client, "unstored") == 0


async def test_a_customer_of_whom_nothing_is_stored_is_erased_and_it_is_said(stack: RunningStack) -> None:
    done = await flowserve(stack, "erase", "--customer", "nobody", "--yes")
    assert done.returncode == 0
    assert "nothing stored" in done.stderr
    assert "requests 0" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--customer", "c-1", "--client", "strangers", "--yes"], "there is no client strangers"),
        (["--customer", "c" * 129, "--yes"], "1 to 128 characters, and this has 129"),
        (["--customer", "4111111111111111", "--yes"], "a payment card number"),
        (["--customer", "c-1"], "say --yes"),
        (["--customer", "c-1", "--yes", "--wait", "0"], "--wait: give seconds, above 0"),
    ],
)
async def test_bad_input_gets_a_sentence_and_changes_nothing(
    stack: RunningStack, words: list[str], said: str
) -> None:
    done = await flowserve(stack, "erase", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "4111" not in done.stderr


async def test_a_dry_run_shows_the_rows_and_leaves_them(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    await requests.row(
        client, (await requests.scored(client, requests.body(customer_id="dry")))["prediction_id"]
    )
    done = await flowserve(stack, "erase", "--customer", "dry", "--dry-run", "--json")
    assert json.loads(done.stdout)["rows"]["requests"] == 1
    assert (await logged(client, "dry"), await month(client, "dry")) == (1, 2)
