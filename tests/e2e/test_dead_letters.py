"""A refused request is seen by its client and its operator, put back once its fault is gone, scored once."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from schemas.topics import DEAD_LETTERS, DEFAULT_PARTITIONS, PREDICTIONS, REQUESTS
from tests.support import logs, requests
from tests.support.stack import RunningStack
from tests.support.waiting import until


def flowserve(stack: RunningStack, *arguments: str, code: int = 0) -> str:
    """Runs a command; its standard output."""
    command = [sys.executable, "-m", "cli", *arguments]
    done = subprocess.run(command, env=stack.environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def letters(stack: RunningStack, *filters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(flowserve(stack, "dlq", "list", "--json", *filters))
    return found


async def refused(stack: RunningStack, client: str, *transactions: dict[str, Any]) -> list[dict[str, Any]]:
    """A direct producer of this client asks, in vain; all letters of the client so far."""
    wire = [("client_id", client.encode()), ("note", b"\xff")]
    values = [(made["customer_id"].encode(), json.dumps(made).encode(), wire) for made in transactions]
    await sent(stack, values)
    return letters(stack, "--client", client)


async def sent(stack: RunningStack, records: Sequence[logs.Message]) -> None:
    """Until every record has its letter."""
    before = await written(stack)
    await logs.produce(stack.kafka.bootstrap, REQUESTS, records)
    await more_letters(stack, before, len(records))


async def written(stack: RunningStack) -> int:
    return await logs.total(stack.kafka.bootstrap, DEAD_LETTERS, DEFAULT_PARTITIONS)


async def more_letters(stack: RunningStack, before: int, count: int) -> None:
    async def there() -> bool:
        return await written(stack) >= before + count

    await until(there, f"{count} dead letters")


async def outcomes(stack: RunningStack, transaction: dict[str, Any]) -> list[str]:
    """What `predictions` says of the transaction, in log order."""
    found = await logs.read_all(stack.kafka.bootstrap, PREDICTIONS, DEFAULT_PARTITIONS)
    values = [json.loads(record.value) for part in found.values() for record in part]
    name = transaction["transaction_id"]
    return [value["status"] for value in values if value.get("transaction_id") == name]


async def test_an_unknown_client_is_refused_then_added_and_its_letter_redriven(stack: RunningStack) -> None:
    transaction = requests.body()
    (letter,) = await refused(stack, "newcomer", transaction)
    assert (letter["code"], letter["attempts"], letter["payload_kept"]) == ("unknown_client", 1, True)
    assert "flowserve clients add" in letter["message"]

    text = flowserve(stack, "dlq", "show", letter["letter"])
    assert transaction["transaction_id"] in text
    assert r"\xff" in text

    plan = json.loads(flowserve(stack, "dlq", "redrive", letter["letter"], "--dry-run", "--json"))
    assert plan == {"redriven": 0, "chosen": [], "skipped": {"would be refused again: unknown_client": 1}}

    flowserve(stack, "clients", "add", "newcomer")
    plan = json.loads(flowserve(stack, "dlq", "redrive", "--client", "newcomer", "--dry-run", "--json"))
    assert plan["chosen"] == [letter["letter"]]
    assert "redriven 1, skipped 0" in flowserve(stack, "dlq", "redrive", "--client", "newcomer")

    async def scored() -> bool:
        return await outcomes(stack, transaction) == ["scored"]

    await until(scored, "the redriven request is scored", every=0.5)
    assert letters(stack, "--client", "newcomer")[0]["redriven_at"] is not None
    assert "redriven 0, skipped 1" in flowserve(stack, "dlq", "redrive", "--client", "newcomer")

    flowserve(stack, "dlq", "redrive", "--client", "newcomer", "--again")

    async def repeated() -> bool:
        return await outcomes(stack, transaction) == ["scored", "duplicate"]

    await until(repeated, "the second redrive is a duplicate", every=0.5)


async def test_a_key_makes_its_client_known_and_a_removed_client_is_refused(stack: RunningStack) -> None:
    key = stack.keys("create", "--client", "shop", "--name", "e2e", "--scopes", "predict,dlq").strip()
    async with stack.client(key) as shop:
        assert (await shop.post("/api/v1/predict", json=requests.body())).status_code == 200
        flowserve(stack, "clients", "remove", "shop")

        async def removed() -> bool:
            answer = await shop.post("/api/v1/predict", json=requests.body())
            return answer.status_code == 422 and answer.json()["code"] == "unknown_client"

        await until(removed, "the removed client is refused")
        flowserve(stack, "clients", "add", "shop")
        assert (await shop.post("/api/v1/predict", json=requests.body())).status_code == 200
    states = {
        row["client_id"]: row["state"] for row in json.loads(flowserve(stack, "clients", "list", "--json"))
    }
    assert states["shop"] == states["default"] == "active"


async def test_a_client_reads_its_own_letters_page_by_page(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    listed = await refused(stack, "reader", *(requests.body() for _ in range(3)))
    key = stack.keys("create", "--client", "reader", "--name", "e2e", "--scopes", "dlq").strip()
    async with stack.client(key) as reader:
        pages: list[dict[str, Any]] = []

        async def stored() -> bool:
            pages[:] = [(await reader.get("/api/v1/dlq", params={"limit": 2})).json()]
            return pages[0].get("has_more", False) is True

        await until(stored, "three letters are stored")
        cursor = pages[0]["next_cursor"]
        pages.append((await reader.get("/api/v1/dlq", params={"limit": 2, "cursor": cursor})).json())
        found = [letter for page in pages for letter in page["data"]]
        assert pages[1]["has_more"] is False
        assert {letter["letter"] for letter in found} == {row["letter"] for row in listed}
        assert {letter["code"] for letter in found} == {"unknown_client"}
        assert (await reader.get("/api/v1/dlq?code=malformed")).json()["data"] == []
        assert (await reader.get("/api/v1/logs")).json()["code"] == "forbidden"

        assert "redriven 3" in flowserve(stack, "dlq", "redrive", "--client", "reader", "--rate", "1000")

        async def marked() -> bool:
            rows = (await reader.get("/api/v1/dlq")).json()["data"]
            return all(row["redriven_at"] is not None for row in rows)

        await until(marked, "the letters say when they were redriven")
    assert (await client.get("/api/v1/dlq")).json()["code"] == "forbidden"
    ours = stack.keys("create", "--client", "default", "--name", "e2e", "--scopes", "dlq").strip()
    async with stack.client(ours) as other:
        assert (await other.get("/api/v1/dlq")).json()["data"] == []
        stolen = await other.get("/api/v1/dlq", params={"cursor": cursor})
        assert stolen.json()["code"] == "bad_cursor"


async def test_a_record_that_is_refused_again_is_counted_and_stays_after_the_third_time(
    stack: RunningStack,
) -> None:
    transaction = requests.body(currency="XTS")
    twice_before = [("client_id", b"default"), ("redrives", b"2")]
    record = transaction["customer_id"].encode(), json.dumps(transaction).encode(), twice_before
    await sent(stack, [record])
    before = await written(stack)
    assert "redriven 1" in flowserve(stack, "dlq", "redrive", "--code", "unsupported_currency")
    await more_letters(stack, before, 2)  # a note and a letter
    newest = letters(stack, "--code", "unsupported_currency")[-1]
    assert newest["attempts"] == 4
    left = json.loads(flowserve(stack, "dlq", "redrive", newest["letter"], "--json"))
    assert (left["redriven"], list(left["skipped"])) == (
        0,
        ["redriven 3 times before, and refused every time"],
    )


async def test_what_cannot_go_back_stays_for_a_reason_that_is_said(stack: RunningStack) -> None:
    old = requests.body(occurred_at="2026-01-01T00:00:00Z")
    key = old["customer_id"].encode()
    card = json.dumps(requests.body(customer_id="4111111111111111")).encode()
    mine = [("client_id", b"default")]
    await sent(stack, [(key, json.dumps(old).encode(), mine), (key, b"{", mine), (key, card, mine)])
    answer = json.loads(flowserve(stack, "dlq", "redrive", "--client", "default", "--json"))
    assert answer["redriven"] == 0
    assert answer["skipped"]["would be refused again: time_out_of_range"] == 1
    assert answer["skipped"]["would be refused again: malformed"] == 1
    assert answer["skipped"]["its bytes were not kept"] == 1
    (gone,) = letters(stack, "--code", "card_number")
    text = flowserve(stack, "dlq", "show", gone["letter"])
    assert "payment card number" in text
    assert "4111" not in text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["dlq", "redrive"], 2, "say which letters"),
        (["dlq", "show", "3-4"], 2, "write PARTITION/OFFSET"),
        (["dlq", "show", "0/99999"], 3, "there is no letter 0/99999"),
        (["clients", "add", "unknown"], 2, "use another name"),
        (["clients", "remove", "nobody"], 3, "there is no active client nobody"),
    ],
)
async def test_a_command_says_what_is_wrong(
    stack: RunningStack, words: list[str], code: int, said: str
) -> None:
    assert said in flowserve(stack, *words, code=code)


async def test_the_letters_topic_holds_letters_and_notes_only(stack: RunningStack) -> None:
    found = await logs.read_all(stack.kafka.bootstrap, DEAD_LETTERS, DEFAULT_PARTITIONS)
    names = [{name for name, _ in record.headers} for part in found.values() for record in part]
    assert names
    assert all(("dlq_error_code" in some) != ("dlq_redriven" in some) for some in names)
