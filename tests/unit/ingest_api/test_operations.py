"""Health, readiness, Prometheus and OpenAPI."""

from typing import Any

import httpx

from ingest_api.lag import Lag
from ingest_api.parts import Parts
from schemas.problems import CATALOGUE
from tests.unit.ingest_api.fakes import FixedLag, make_app, make_fakes


async def ready(parts: Parts) -> tuple[int, dict[str, Any]]:
    transport = httpx.ASGITransport(make_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        answer = await client.get("/health/ready")
        return answer.status_code, answer.json()


async def test_ready_names_every_part(parts: Parts) -> None:
    assert isinstance(parts.lag, FixedLag)
    parts.lag.known = Lag(0, 0.0, ())
    status, body = await ready(parts)
    assert (status, body["status"]) == (200, "ready")
    assert set(body["parts"]) == {"kafka_producer", "replies", "keys", "database", "scorer_lag"}


async def test_a_database_that_is_down_degrades_and_does_not_unready(parts: Parts) -> None:
    parts.keys.healthy = False
    status, body = await ready(parts)
    assert (status, body["status"]) == (200, "degraded")
    assert body["parts"]["database"] == {"ok": False, "detail": "PostgreSQL does not answer."}


async def test_keys_that_were_never_read_unready_the_process() -> None:
    status, body = await ready(make_fakes())
    assert (status, body["status"]) == (503, "not_ready")
    assert body["parts"]["keys"]["ok"] is False


async def test_a_stopping_process_is_not_ready(parts: Parts) -> None:
    parts.health.stopping = True
    assert (await ready(parts))[0] == 503


async def test_openapi_documents_every_route_with_its_errors(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert ("security" in operation) is path.startswith("/api/")
            if path.startswith("/api/"):
                assert {"401", "403", "429", "500"} <= set(operation["responses"]), path
                assert {"200", "202"} & set(operation["responses"]), path
    predict = document["paths"]["/api/v1/predict"]["post"]
    assert {"202", "400", "408", "413", "415", "422", "503"} <= set(predict["responses"])
    examples = predict["responses"]["422"]["content"]["application/problem+json"]["examples"]
    assert examples["card_number"]["value"]["code"] == "card_number"
    assert predict["requestBody"]["content"]["application/json"]["example"]["amount"] == 1250


async def test_openapi_points_nowhere_that_does_not_exist(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(_references(document)) <= known


def _references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [each for value in part.values() for each in _references(value)]
    return [each for value in part for each in _references(value)] if isinstance(part, list) else []


def test_every_rest_problem_is_an_http_error() -> None:
    assert all(400 <= kind.status < 600 for kind in CATALOGUE.values())
