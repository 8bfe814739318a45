"""How the client library ends its Kafka producer; what it writes is tested on a real broker (tests/e2e)."""

import asyncio

import pytest

from flowserve_client import kafka


class Frozen:
    """A producer whose broker has stopped to answer."""

    async def start(self) -> None:
        """Done long ago."""

    async def stop(self) -> None:
        await asyncio.Event().wait()


async def test_a_frozen_broker_does_not_keep_a_caller_from_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(**_: object) -> Frozen:
        return Frozen()

    monkeypatch.setattr(kafka, "AIOKafkaProducer", make)
    monkeypatch.setattr(kafka, "_END_SECONDS", 0.05)
    async with asyncio.timeout(10), kafka.Producer("127.0.0.1:9092"):
        pass
