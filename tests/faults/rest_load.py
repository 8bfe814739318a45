"""REST callers who keep to the contract: the same body again after 429, 503 and a broken line."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.faults.kafka_load import CUSTOMERS
from tests.support.traffic import transaction

_PATIENCE_SECONDS = 150.0
_FINAL = (400, 401, 403, 413, 415, 422)

_NUMBER = itertools.count()


@dataclass(frozen=True)
class Answer:
    """The prediction that a caller got: `exact` bytes where it came as the answer itself, else parsed."""

    transaction_id: str
    prediction: dict[str, Any]
    exact: bytes | None


@dataclass
class Seen:
    """What the callers saw. `calls` are (monotonic start, seconds, status) of every POST."""

    asked: int = 0
    answers: list[Answer] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    calls: list[tuple[float, float, int]] = field(default_factory=list)
    broken_lines: int = 0
    request_ids: list[str] = field(default_factory=list)


class RestLoad:
    """`callers` people at a time, together about `per_second` new transactions; each may turn to any API."""

    def __init__(
        self, urls: Sequence[str], key: str, seed: int, now: datetime, callers: int, per_second: float
    ) -> None:
        self.seen = Seen()
        self._urls = urls
        self._headers = {"Authorization": f"Bearer {key}"}
        self._random = random.Random(seed)
        self._now = now
        self._callers = callers
        self._pause = callers / per_second

    async def run(self, stop: asyncio.Event) -> None:
        """Asks until the stop, then until everybody has an answer."""
        limits = httpx.Limits(max_connections=4 * self._callers)
        async with httpx.AsyncClient(headers=self._headers, timeout=10, limits=limits) as client:
            await asyncio.gather(*(self._caller(client, stop) for _ in range(self._callers)))

    async def _caller(self, client: httpx.AsyncClient, stop: asyncio.Event) -> None:
        body: dict[str, Any] | None = None
        while not stop.is_set():
            if body is None or self._random.random() >= 0.05:  # one in twenty is a repeat
                body = self._body()
            began = time.monotonic()
            self.seen.asked += 1
            await self._until_answered(client, body)
            await asyncio.sleep(
                max(0.0, began + self._pause * self._random.uniform(0.5, 1.5) - time.monotonic())
            )

    def _body(self) -> dict[str, Any]:
        number = next(_NUMBER)
        moment = self._now - timedelta(days=20) + timedelta(seconds=number / 2)
        chance = self._random
        made = transaction(number, chance.randrange(CUSTOMERS), chance.randrange(100, 30_000), moment)
        return made | {"transaction_id": f"rest-{number}"}

    async def _until_answered(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        location: str | None = None
        last = "no answer"
        prefer = {"Prefer": "respond-async"} if self._random.random() < 0.05 else {}
        while time.monotonic() < deadline:
            url = self._random.choice(self._urls)
            try:
                if location is None:
                    answer = await self._post(client, url, body, prefer)
                else:
                    answer = await client.get(url + location)
            except httpx.TransportError as error:
                self.seen.broken_lines += 1
                last = type(error).__name__
                await asyncio.sleep(0.2)
                continue
            last = f"{answer.status_code}: {answer.text[:200]}"
            self._count(answer, location is not None)
            if answer.status_code == 200 and self._take(body, answer, location is not None):
                return
            if answer.status_code in _FINAL or answer.status_code == 500:
                break
            location = answer.headers.get("Location", location)
            await asyncio.sleep(min(2.0, float(answer.headers.get("Retry-After", 0.2))))
        self.seen.failed.append(f"{body['transaction_id']}: {last}")

    async def _post(
        self, client: httpx.AsyncClient, url: str, body: dict[str, Any], prefer: dict[str, str]
    ) -> httpx.Response:
        began = time.monotonic()
        status = 0
        try:
            answer = await client.post(f"{url}/api/v1/predict", json=body, headers=prefer)
            status = answer.status_code
            return answer
        finally:
            self.seen.calls.append((began, time.monotonic() - began, status))

    def _count(self, answer: httpx.Response, followed: bool) -> None:
        code = str(answer.status_code)
        if "problem" in answer.headers.get("Content-Type", ""):
            code += f" {answer.json()['code']}"
        self.seen.codes[f"GET {code}" if followed else code] += 1
        if answer.status_code == 202:
            self.seen.request_ids.append(answer.json()["request_id"])

    def _take(self, body: dict[str, Any], answer: httpx.Response, followed: bool) -> bool:
        found = answer.json()
        if found["status"] == "pending":
            return False
        if followed:
            # A repeat names the first answer; its own outcome holds no prediction to compare.
            prediction = found.get("prediction")
            if found["status"] == "rejected":
                self.seen.failed.append(f"{body['transaction_id']}: rejected {found.get('problem')}")
            elif prediction is not None:
                self.seen.answers.append(Answer(body["transaction_id"], prediction, None))
            return True
        self.seen.answers.append(Answer(body["transaction_id"], found, answer.content))
        return True
