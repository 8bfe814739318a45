"""No route of the OpenAPI list answers without a live key; keys are rotated without a failed call."""

import asyncio
import json
from typing import Any

import asyncpg
import httpx
import pytest

from tests.support import requests
from tests.support.security.database import OWNER, SecuredPostgres
from tests.support.security.stack import SecuredStack
from tests.support.waiting import until

OPEN = {"/health/live", "/health/ready", "/metrics"}
UNKNOWN_KEY = "fs_" + "x" * 43


async def operations(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    document = (await client.get("/openapi.json")).json()
    return [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, item in document["paths"].items()
        for method in item
    ]


def key_id(stack: SecuredStack, name: str) -> str:
    listed: list[dict[str, Any]] = json.loads(stack.keys("list", "--json"))
    return next(str(key["key_id"]) for key in listed if key["name"] == name)


@pytest.fixture
async def dead_keys(stack: SecuredStack, postgres: SecuredPostgres) -> dict[str, str]:
    """A key that was revoked and one that has expired."""
    made = {
        name: stack.keys("create", "--client", "default", "--name", name, "--expires-in", "1").split()[-1]
        for name in ("revoked", "expired")
    }
    stack.keys("revoke", key_id(stack, "revoked"))
    async with postgres.session(OWNER) as connection:
        await connection.execute("update api_keys set expires_at = now() where name = 'expired'")

    async def dead() -> bool:
        statuses = []
        for key in made.values():
            async with stack.client(key) as client:
                statuses.append((await client.get("/api/v1/logs?limit=1")).status_code)
        return statuses == [401, 401]

    await until(dead, "the API has read that both are dead", 20)
    return made


async def test_without_a_live_key_every_route_says_the_same(
    stack: SecuredStack, client: httpx.AsyncClient, dead_keys: dict[str, str]
) -> None:
    credentials = {
        "none": None,
        "another scheme": f"Basic {stack.key}",
        "bare": stack.key,
        "unknown": f"Bearer {UNKNOWN_KEY}",
        "cut": f"Bearer {stack.key[:-1]}",
        "longer": f"Bearer {stack.key}x",
        "other letters": f"Bearer {stack.key.swapcase()}",
        "two": f"Bearer {stack.key}, Bearer {stack.key}",
        **{name: f"Bearer {key}" for name, key in dead_keys.items()},
    }
    async with httpx.AsyncClient(base_url=stack.url, timeout=30) as stranger:

        async def knock(method: str, path: str, name: str, authorization: str | None) -> None:
            headers = {} if authorization is None else {"Authorization": authorization}
            answer = await stranger.request(method, path, headers=headers)
            if path in OPEN:
                assert answer.status_code == 200
                return
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), (path, name)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert authorization is None or len(authorization) < 10 or authorization not in answer.text

        # At once, because a wrong key waits where an honest new one is looked up: once a second for all.
        await asyncio.gather(
            *(
                knock(method, path, name, authorization)
                for method, path in await operations(client)
                for name, authorization in credentials.items()
            )
        )


async def test_a_key_may_do_what_its_scopes_say_and_no_more(
    stack: SecuredStack, client: httpx.AsyncClient
) -> None:
    """A key for everything else but the scope is refused."""
    scopes = {"predict", "read", "feedback", "dlq"}
    needed = {
        "/api/v1/predict": "predict",
        "/api/v1/predict/batch": "predict",
        "/api/v1/feedback": "feedback",
        "/api/v1/dlq": "dlq",
    }
    paths = [entry for entry in await operations(client) if entry[1] not in OPEN]
    for lacking in sorted({needed.get(path, "read") for _, path in paths}):
        others = ",".join(sorted(scopes - {lacking}))
        key = stack.keys(
            "create", "--client", "default", "--name", f"no-{lacking}", "--scopes", others
        ).split()[-1]
        async with stack.client(key) as limited:
            for method, path in paths:
                async with limited.stream(method, path) as answer:  # one of them has no end
                    refused = answer.status_code == 403
                assert refused == (needed.get(path, "read") == lacking), (method, path, lacking)


async def test_two_live_keys_let_a_client_change_keys_without_a_failed_call(stack: SecuredStack) -> None:
    old, new = (
        stack.keys("create", "--client", "default", "--name", name).split()[-1]
        for name in ("rotate-old", "rotate-new")
    )
    stopped = asyncio.Event()

    async def call(key: str) -> list[int]:
        statuses = []
        async with stack.client(key) as calling:
            while not stopped.is_set():
                statuses.append((await calling.get("/api/v1/logs?limit=1")).status_code)
        return statuses

    async with stack.client(old) as calling:
        assert (await calling.get("/api/v1/logs?limit=1")).status_code == 200
        with_new = asyncio.ensure_future(call(new))
        await asyncio.to_thread(stack.keys, "revoke", key_id(stack, "rotate-old"))

        async def shut_out() -> bool:
            return (await calling.get("/api/v1/logs?limit=1")).status_code == 401

        await until(shut_out, "the old key is refused", 20)
    stopped.set()
    assert set(await with_new) == {200}


async def test_a_key_is_stored_as_its_hash_alone(stack: SecuredStack, postgres: SecuredPostgres) -> None:
    async with postgres.session(OWNER) as connection:
        rows: list[asyncpg.Record] = await connection.fetch("select api_keys::text as row from api_keys")
        trail = await connection.fetch("select audit::text as row from audit")
    secret = stack.key.removeprefix("fs_")
    assert rows
    assert not any(secret in row["row"] for row in (*rows, *trail))
    listed = stack.keys("list") + stack.keys("list", "--json")
    assert secret not in listed


async def test_an_id_of_one_client_is_unknown_to_another(
    stack: SecuredStack, client: httpx.AsyncClient
) -> None:
    mine = await requests.scored(client, requests.body())
    await requests.row(client, mine["prediction_id"])
    request_id = mine["request_id"]
    page = (await client.get("/api/v1/logs?limit=1")).json()
    key = stack.keys("create", "--client", "stranger", "--name", "stranger").split()[-1]
    async with stack.client(key) as stranger:
        for mine_path, unknown_path in (
            (f"requests/{request_id}", "requests/00000000-0000-7000-8000-000000000000"),
            (f"predictions/{mine['prediction_id']}", "predictions/00000000-0000-5000-8000-000000000000"),
            ("replays/secured", "replays/never-was"),
            ("logs?run_id=secured", "logs?run_id=never-was"),
        ):
            foreign = await stranger.get(f"/api/v1/{mine_path}")
            unknown = await stranger.get(f"/api/v1/{unknown_path}")
            assert (foreign.status_code, said(foreign)) == (unknown.status_code, said(unknown))
        for name in ("customer_id", "terminal_id", "transaction_id"):
            found = await stranger.get("/api/v1/logs", params={name: mine[name]})
            assert found.json()["data"] == []
        assert (await stranger.get("/api/v1/replays")).json()["data"] == []
        assert (await stranger.get("/api/v1/metrics")).json()["requests"]["accepted"] == 0
        assert (await stranger.get("/api/v1/model")).status_code == 404
        if page["next_cursor"]:
            stolen = await stranger.get("/api/v1/logs", params={"cursor": page["next_cursor"]})
            assert stolen.json()["code"] == "bad_cursor"
        # The same ids belong to each client separately, and a report touches nobody else's transaction.
        theirs = await requests.scored(stranger, {**requests.body(), **ids(mine)})
        assert theirs["prediction_id"] != mine["prediction_id"]
        report = {"transaction_id": mine["transaction_id"], "customer_id": mine["customer_id"]}
        told = await stranger.post("/api/v1/feedback", json={**report, "is_fraud": True})
        assert told.status_code == 202
    entry = (await client.get("/api/v1/logs", params={"transaction_id": mine["transaction_id"]})).json()
    assert entry["data"][0].get("feedback") is None


def ids(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("transaction_id", "customer_id")}


def said(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return {name: value for name, value in body.items() if name != "request_id"}
