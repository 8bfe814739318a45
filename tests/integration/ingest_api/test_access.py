"""Who may see what; heads that are wrong, endless or late; and nothing secret in the log."""

import asyncio
import socket

import httpx
import pytest

from tests.integration.ingest_api.lab import Api, Lab, stored, transaction

PREDICT, BATCH = "/api/v1/predict", "/api/v1/predict/batch"


async def test_a_client_sees_nothing_of_another(client: httpx.AsyncClient, lab: Lab) -> None:
    mine = (await client.post(PREDICT, json=transaction("private"))).json()
    await stored(client, f"/api/v1/requests/{mine['request_id']}")
    other = {"authorization": f"Bearer {await lab.key('read', client='stranger')}"}
    for path in (f"requests/{mine['request_id']}", f"predictions/{mine['prediction_id']}"):
        foreign = await client.get(f"/api/v1/{path}", headers=other)
        unknown = await client.get(f"/api/v1/{path[:-4]}0000", headers=other)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json()["code"] == unknown.json()["code"] == "not_stored_yet"
        assert foreign.json()["retryable"] is True
    assert (await client.get("/api/v1/logs", headers=other)).json()["data"] == []
    second = (await client.post(PREDICT, json=transaction("private", 2))).json()
    await stored(client, f"/api/v1/requests/{second['request_id']}")
    cursor = (await client.get("/api/v1/logs?limit=1")).json()["next_cursor"]
    stolen = await client.get("/api/v1/logs", params={"cursor": cursor}, headers=other)
    assert stolen.json()["code"] == "bad_cursor"


async def test_the_model_is_what_scored_last(client: httpx.AsyncClient) -> None:
    answer = (await client.post(PREDICT, json=transaction("model"))).json()
    await stored(client, f"/api/v1/requests/{answer['request_id']}")
    model = (await client.get("/api/v1/model")).json()
    assert (model["name"], model["version"]) == ("stand-in", "0.0.1")
    assert model["features"] == ["amount", "night"]
    assert model["scored"] >= 1
    assert model["drift"] == {"rows": model["scored"], "psi": None}  # too few to tell anything


async def test_a_new_key_works_at_once_and_a_revoked_one_stops_soon(
    client: httpx.AsyncClient, lab: Lab
) -> None:
    own = {"authorization": f"Bearer {await lab.key('read', client='revoked')}"}
    assert (await client.get("/api/v1/logs", headers=own)).status_code == 200
    await lab.sql("update api_keys set revoked_at = now() where client_id = 'revoked'")

    async def stopped() -> bool:
        return (await client.get("/api/v1/logs", headers=own)).status_code == 401

    while not await stopped():
        await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
def hasty(lab: Lab) -> Api:
    """An API that waits half a second for a head."""
    return lab.api(header_seconds=0.5)


def raw(port: int, *pieces: bytes) -> bytes:
    """What the server answers to these bytes until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
        return answer


@pytest.mark.parametrize(
    ("pieces", "status", "code"),
    [
        ([b"NONSENSE\r\n\r\n"], b"400", b"malformed"),
        ([b"GET /health/live HTTP/1.1\r\nx: " + b"a" * 20_000 + b"\r\n\r\n"], b"431", b"header_too_large"),
        ([b"GET / HTTP/1.1\r\n" + b"x: 1\r\n" * 80 + b"\r\n"], b"431", b"header_too_large"),
        ([b"GET /" + b"a" * 20_000], b"431", b"header_too_large"),
        ([b"GET /health/live HTTP/1.1\r\nhost: x"], b"408", b"request_timeout"),
        ([b""], b"408", b"request_timeout"),
    ],
)
async def test_a_head_that_is_wrong_endless_or_late_is_a_problem(
    hasty: Api, pieces: list[bytes], status: bytes, code: bytes
) -> None:
    await hasty.ready("ready", "degraded")
    answer = await asyncio.to_thread(raw, hasty.port, *pieces)
    assert answer.split(b" ")[1] == status
    assert b"application/problem+json" in answer
    assert b'"code":"' + code + b'"' in answer


async def test_nothing_secret_is_logged(client: httpx.AsyncClient, api: Api) -> None:
    await client.post(PREDICT, json=transaction("4111111111111111"))
    await client.get("/api/v1/logs?customer_id=4111111111111111")
    logged = api.log.read_text()
    assert "4111111111111111" not in logged
    assert client.headers["authorization"].removeprefix("Bearer ") not in logged
    assert api.logged()
