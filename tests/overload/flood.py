"""A direct producer that sends twenty times what REST callers do, without and with a quota on its name."""

import asyncio
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Producer

from benchmarks.load.caller import Caller
from benchmarks.load.calls import Calls
from benchmarks.load.target import Target
from schemas.topics import REQUESTS
from tests.overload.figures import point
from tests.overload.installation import Installation
from tests.overload.quota import set_quota
from tests.support.security.broker import PRODUCER, SecuredKafka
from tests.support.traffic import mixed

TIMES = 20
BUDGET_SECONDS = 2.0
_SECONDS = 20
_TICK_SECONDS = 0.05
_QUEUE = 20_000
_QUIET_SECONDS = 6


class Flood:
    """`per_second` is the normal load of REST callers; the producer offers TIMES of it."""

    def __init__(self, installation: Installation, secured: SecuredKafka, per_second: float) -> None:
        self._installation = installation
        self._secured = secured
        self._per_second = per_second
        self._number = 0

    async def run(self, quota_bytes: int) -> dict[str, Any]:
        """Three stretches: REST alone, beside the flood under a quota, beside the flood without."""
        await self._stretch("warming", flood=False)
        alone = await self._stretch("REST alone", flood=False)
        await asyncio.to_thread(set_quota, self._installation.kafka.bootstrap, PRODUCER, quota_bytes)
        quota = await self._stretch("20x direct, quota", flood=True)
        await asyncio.sleep(_QUIET_SECONDS)
        await asyncio.to_thread(set_quota, self._installation.kafka.bootstrap, PRODUCER, None)
        free = await self._stretch("20x direct, no quota", flood=True)
        return {
            "rest_per_second": round(self._per_second, 1),
            "offered_per_second": round(TIMES * self._per_second, 1),
            "quota_bytes_per_second": quota_bytes,
            "stretches": [alone, quota, free],
        }

    async def _stretch(self, name: str, flood: bool) -> dict[str, Any]:
        self._number += 1
        installation = self._installation
        target = Target.local(installation.ports[0])
        calls = Calls(f"calm-{self._number}", target, installation.key, 1, datetime.now(UTC))
        caller, stop = Caller(target, calls, BUDGET_SECONDS), asyncio.Event()
        producing = asyncio.create_task(self._produce(stop)) if flood else None
        await asyncio.sleep(2 if flood else 0)
        await caller.open_loop(self._per_second, _SECONDS, self._number)
        stop.set()
        confirmed = await producing if producing else 0.0
        await caller.close()
        done = point(name, 1, _SECONDS, caller)
        asked = len(caller.done)
        share = sum(call.status == 200 for call in caller.done) / asked if asked else 0.0
        print(done, f"share {share:.3f}, direct {confirmed:.0f}/s", flush=True)
        return asdict(done) | {"share_answered": round(share, 4), "direct_per_second": round(confirmed, 1)}

    async def _produce(self, stop: asyncio.Event) -> float:
        """Offers at the rate, whatever comes of it; returns what was confirmed in a second."""
        config: dict[str, Any] = {
            **self._secured.librdkafka(PRODUCER),
            "linger.ms": 5,
            "queue.buffering.max.messages": _QUEUE,
        }
        producer, confirmed, began = Producer(config), 0, time.monotonic()

        def delivered(error: object, _: object) -> None:
            nonlocal confirmed
            confirmed += error is None

        source = mixed(1 << 40, 3_000, 7, datetime.now(UTC), first=self._number * 10_000_000)
        sent = 0
        while not stop.is_set():
            due = int((time.monotonic() - began) * TIMES * self._per_second) - sent
            for key, value, _ in (next(source) for _ in range(due)):
                sent += 1
                if len(producer) < _QUEUE:  # what finds no room is what a producer with a quota has to keep
                    producer.produce(REQUESTS, value, key, on_delivery=delivered)
            producer.poll(0)
            await asyncio.sleep(_TICK_SECONDS)
        took, known = time.monotonic() - began, confirmed
        producer.purge()
        producer.flush(5)
        return known / took
