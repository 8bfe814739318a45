"""The account at the end: everything read back over the API and held against what was sent."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

import httpx

_SETTLE_SECONDS = 180.0


@dataclass
class Account:
    """What the API says of the transactions that were sent."""

    accepted: int
    scored: int
    duplicate: int
    rejected: int
    pending: int
    decisions: dict[str, int]
    latency_ms: dict[str, float | None]
    rows: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def faults(self, sent: int) -> list[str]:
        """Sentences about what does not add up; empty when all does."""
        decided = self.scored + self.duplicate + self.rejected + self.pending
        checks = {
            f"{len(self.lost)} transactions are lost, such as {self.lost[:3]}": not self.lost,
            f"{len(self.doubled)} transactions have two rows, such as {self.doubled[:3]}": not self.doubled,
            f"accepted {self.accepted}, but the outcomes add up to {decided}": self.accepted == decided,
            f"{self.scored} scored, {sent} sent": self.scored == sent,
            f"{self.pending} are still pending": self.pending == 0,
            f"{self.rejected} were rejected": self.rejected == 0,
        }
        return [sentence for sentence, holds in checks.items() if not holds]


async def settle(client: httpx.AsyncClient, sent: int, before: int) -> Account:
    """Waits until every accepted request is decided and stored, at most three minutes."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        metrics = await _metrics(client)
        counts = metrics["requests"]
        done = counts["pending"] == 0 and counts["scored"] - before >= sent
        if done or time.monotonic() > deadline:
            return Account(
                **counts | {"scored": counts["scored"] - before, "accepted": counts["accepted"] - before},
                decisions=metrics["decisions"],
                latency_ms=metrics["latency_ms"],
            )
        await asyncio.sleep(0.5)


async def scored_before(client: httpx.AsyncClient) -> int:
    """How many transactions were scored before the demo's own: the one that `up` sends."""
    return int((await _metrics(client))["requests"]["scored"])


async def read_back(client: httpx.AsyncClient, account: Account, sent: Set[str]) -> None:
    """Reads every row as NDJSON and notes which transactions are missing or there twice."""
    seen: Counter[str] = Counter()
    headers = {"Accept": "application/x-ndjson"}
    async with client.stream("GET", "/api/v1/logs", headers=headers, timeout=_SETTLE_SECONDS) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line:
                prediction = json.loads(line).get("prediction")
                if prediction is not None:
                    seen[prediction["transaction_id"]] += 1
    ours = {name: count for name, count in seen.items() if name in sent}
    account.rows = sum(ours.values())
    account.lost = sorted(sent - ours.keys())
    account.doubled = sorted(name for name, count in ours.items() if count > 1)


async def _metrics(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/v1/metrics", params={"window": "24h"}, timeout=30)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
