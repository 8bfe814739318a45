"""Somebody who reads all the time: the log, the figures, single requests; and checks that they add up."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence

import httpx

_EVERY_SECONDS = 0.25


class Readers:
    """`codes` by path and status; `faults` are sentences about answers that contradict themselves."""

    def __init__(self, urls: Sequence[str], key: str, request_ids: list[str]) -> None:
        self.codes: Counter[str] = Counter()
        self.faults: list[str] = []
        self._urls = itertools.cycle(urls)
        self._headers = {"Authorization": f"Bearer {key}"}
        self._request_ids = request_ids

    async def run(self, stop: asyncio.Event) -> None:
        """Reads until the stop."""
        async with httpx.AsyncClient(headers=self._headers, timeout=10) as client:
            for turn in itertools.count():
                if stop.is_set():
                    return
                try:
                    await self._read(client, next(self._urls), turn % 3)
                except httpx.TransportError as error:
                    self.codes[f"broken line {type(error).__name__}"] += 1
                await asyncio.sleep(_EVERY_SECONDS)

    async def _read(self, client: httpx.AsyncClient, url: str, turn: int) -> None:
        if turn == 0:
            answer = await client.get(f"{url}/api/v1/logs", params={"limit": 50})
            self._note("/logs", answer)
            if answer.is_success:
                ids = [entry["request"]["request_id"] for entry in answer.json()["data"]]
                if len(set(ids)) != len(ids):
                    self.faults.append("/logs shows one request twice")
        elif turn == 1:
            answer = await client.get(f"{url}/api/v1/metrics", params={"window": "24h"})
            self._note("/metrics", answer)
            if answer.is_success:
                self._check(answer.json()["requests"])
        elif self._request_ids:
            answer = await client.get(f"{url}/api/v1/requests/{self._request_ids[-1]}")
            self._note("/requests", answer)

    def _check(self, counts: dict[str, int]) -> None:
        parts = sum(counts[name] for name in ("scored", "duplicate", "rejected", "pending"))
        if counts["accepted"] != parts:
            self.faults.append(f"/metrics: accepted {counts['accepted']}, but the parts add up to {parts}")

    def _note(self, path: str, answer: httpx.Response) -> None:
        self.codes[f"{path} {answer.status_code}"] += 1
        if answer.status_code == 500:
            self.faults.append(f"{path} answered 500")
