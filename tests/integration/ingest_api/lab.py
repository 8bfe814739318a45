"""A real Kafka, a real PostgreSQL and real API processes for these tests; keys made straight in the table."""

import asyncio
import hashlib
import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

import schemas
from local_stack.kafka import Kafka
from local_stack.postgres import Postgres
from tests.integration.ingest_api.stand_in import Answers, StandIn
from tests.support.waiting import until

SQL = Path(schemas.__file__).parent / "sql"


@dataclass
class Lab:
    """The parts; `environment` is what an API process starts with."""

    kafka: Kafka
    postgres: Postgres
    inherited: dict[str, str]
    folder: Path
    apis: list["Api"] = field(default_factory=list)
    answers: Answers = field(default_factory=dict)

    def api(self, **settings: object) -> "Api":
        """Starts an API process on a free port; settings by their names."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        chosen = {f"FLOWSERVE_{name.upper()}": str(value) for name, value in settings.items()}
        environment = {
            **self.inherited,
            **self.postgres.environment(),
            "FLOWSERVE_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "FLOWSERVE_API_PORT": str(port),
            **chosen,
        }
        log = self.folder / f"api-{port}.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "ingest_api"], env=environment, stdout=out, stderr=out
            )
        self.apis.append(Api(port, process, log))
        return self.apis[-1]

    async def key(self, *scopes: str, client: str = "default") -> str:
        """A new API key in the database."""
        key = "fs_" + secrets.token_urlsafe(32)
        statement = (
            "insert into api_keys (key_id, client_id, name, key_hash, scopes) values ($1, $2, $3, $4, $5)"
        )
        digest = hashlib.sha256(key.encode()).digest()
        await self.sql(statement, secrets.token_hex(6), client, "test", digest, list(scopes))
        return key

    async def sql(self, statement: str, *values: object) -> None:
        """Runs one statement."""
        connection = await asyncpg.connect(self.postgres.dsn)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def migrate(self) -> None:
        """The tables, as provisioning makes them."""
        for file in sorted(SQL.glob("*.sql")):
            await self.sql(file.read_text())

    @asynccontextmanager
    async def scorer(self, stored: bool = True) -> AsyncIterator[StandIn]:
        """The stand-in, running; without `stored` it keeps off the database."""
        stand_in = StandIn(self.kafka.bootstrap, self.postgres.dsn if stored else None, self.answers)
        task = asyncio.create_task(stand_in.run())
        try:
            yield stand_in
        finally:
            died = task.done()
            task.cancel()
            ended = await asyncio.gather(task, return_exceptions=True)
        assert not died, f"the stand-in died: {ended}"


@dataclass
class Api:
    """One API process."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """An HTTP client for it."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(max_connections=None)
        base = f"http://127.0.0.1:{self.port}"
        return httpx.AsyncClient(base_url=base, headers=headers, timeout=40, limits=limits)

    async def readiness(self) -> dict[str, Any]:
        """The body of /health/ready, or an empty one while nothing listens."""
        try:
            async with self.client() as client:
                body: dict[str, Any] = (await client.get("/health/ready")).json()
                return body
        except httpx.TransportError:
            return {}

    async def ready(self, *statuses: str, seconds: float = 30) -> None:
        """Waits for a status of /health/ready; by default ready."""

        async def holds() -> bool:
            assert self.process.poll() is None, self.log.read_text()[-3_000:]
            return (await self.readiness()).get("status") in (statuses or ("ready",))

        await until(holds, f"the API is {statuses or 'ready'}", seconds)

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """At the end of the tests."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def logged(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


def transaction(customer: str, number: int = 1, **changes: object) -> dict[str, Any]:
    """A good body."""
    good: dict[str, Any] = {
        "transaction_id": f"tx-{number}",
        "customer_id": customer,
        "terminal_id": "t-7",
        "amount": 1250,
        "currency": "EUR",
        "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return good | changes


async def timed(client: httpx.AsyncClient, body: dict[str, Any]) -> tuple[float, httpx.Response]:
    """Seconds and answer of one prediction."""
    started = time.monotonic()
    answer = await client.post("/api/v1/predict", json=body)
    return time.monotonic() - started, answer


async def stored(client: httpx.AsyncClient, path: str, wanted: Sequence[str] = ("scored",)) -> httpx.Response:
    """Waits until a request's outcome is there."""
    last: list[httpx.Response] = []

    async def there() -> bool:
        last[:] = [await client.get(path)]
        return last[0].status_code == 200 and last[0].json()["status"] in wanted

    await until(there, f"{path} is {wanted}")
    return last[0]
