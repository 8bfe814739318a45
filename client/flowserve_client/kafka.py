"""Writes to FlowServe's request topic (extra `kafka`): the right key, partitioner and headers."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer

from flowserve_client.models import Prediction, Transaction

REQUESTS, FEEDBACK = "flowserve.requests.v1", "flowserve.feedback.v1"
_END_SECONDS = 5.0


@dataclass(frozen=True)
class Sent:
    """A record that Kafka has confirmed; `request_id` is that of its outcome."""

    request_id: str
    partition: int
    offset: int


class Producer:
    """Idempotent and confirmed by all replicas. `options` go to AIOKafkaProducer: TLS, SASL and the like.

    aiokafka's own partitioner is the one that is needed: murmur2 of the key, sign bit dropped.
    """

    def __init__(self, bootstrap: str, *, client_id: str = "default", **options: Any) -> None:  # noqa: ANN401
        self._client_id = client_id
        self._options = {"linger_ms": 0, **options, "bootstrap_servers": bootstrap}
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(**self._options, acks="all", enable_idempotence=True)
        try:
            await self._producer.start()
        except BaseException:
            await _end(self._producer)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._producer is not None:
            await _end(self._producer)

    async def send(self, transaction: Transaction, *, request_id: str | None = None) -> Sent:
        """Returns once Kafka has confirmed it. Raises aiokafka's errors: unknown then, safe to send again."""
        chosen = request_id or str(uuid.uuid4())
        headers = [("client_id", self._client_id.encode()), ("request_id", chosen.encode())]
        done = await self._send(REQUESTS, transaction.customer_id, transaction.body(), headers)
        return Sent(chosen, done.partition, done.offset)

    async def report(self, transaction: Transaction | Prediction, *, is_fraud: bool) -> None:
        """Reports that a transaction was, or was not, fraud."""
        ids = {"transaction_id": transaction.transaction_id, "customer_id": transaction.customer_id}
        headers = [("client_id", self._client_id.encode())]
        await self._send(FEEDBACK, transaction.customer_id, {**ids, "is_fraud": is_fraud}, headers)

    async def _send(
        self, topic: str, customer_id: str, body: dict[str, Any], headers: list[tuple[str, bytes]]
    ) -> Any:  # noqa: ANN401
        if self._producer is None:
            raise RuntimeError("use the producer in `async with`")
        value = json.dumps(body, ensure_ascii=False).encode()
        return await self._producer.send_and_wait(topic, value, key=customer_id.encode(), headers=headers)


async def _end(producer: AIOKafkaProducer) -> None:
    """Bounded: stop() waits for ever for a broker that is frozen, and what is confirmed does not need it."""
    ending = asyncio.ensure_future(producer.stop())
    await asyncio.wait((ending,), timeout=_END_SECONDS)
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
