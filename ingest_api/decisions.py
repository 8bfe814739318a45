"""One decision: publish the request, wait for the scorer's reply, or say where the answer will be."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

from ingest_api.pending_replies import PendingReplies, Reply, ReplyFuture
from ingest_api.publisher import ProducerRecord, Publisher, Receipt
from schemas import headers
from schemas.counters import Counters
from schemas.crash_points import crash_point
from schemas.problems import Refusal
from schemas.topics import REQUESTS
from schemas.trace_context import TraceContext
from schemas.transaction import Transaction, canonical


@dataclass(frozen=True, slots=True)
class Question:
    """A transaction, whose it is, and how many seconds its caller waits (0: not at all)."""

    transaction: Transaction
    client_id: str
    request_id: str
    wait: int
    trace: TraceContext


@dataclass(frozen=True, slots=True)
class Ticket:
    """A question on its way to Kafka. `confirm_by` is loop time."""

    request_id: str
    receipt: Receipt
    confirm_by: float
    waiting: ReplyFuture | None
    correlation_id: bytes


class Decisions:
    """Asks and waits. `now` is seconds since 1970 UTC; correlation ids are made here."""

    def __init__(
        self,
        publisher: Publisher,
        pending: PendingReplies,
        reply_partition: int,
        publish_timeout: float,
        counters: Counters,
        now: Callable[[], float],
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._publisher = publisher
        self._pending = pending
        self._reply_partition = str(reply_partition).encode()
        self._publish_timeout = publish_timeout
        self._counters = counters
        self._now = now
        self._random = random

    def confirm_by(self) -> float:
        """The loop time at which a publish that starts now stops being waited for."""
        return asyncio.get_running_loop().time() + self._publish_timeout

    async def submit(self, question: Question, confirm_by: float) -> Ticket:
        """Hands a question to the producer; its future is stored before it is sent. Raises Refusal."""
        correlation_id = self._random(16).hex().encode() if question.wait else b""
        waiting = self._pending.open(correlation_id, question.wait) if question.wait else None
        try:
            crash_point("api.before_send")
            receipt = await self._publisher.send(self._record(question, correlation_id), confirm_by)
            crash_point("api.after_send_before_ack")
        except BaseException:
            self._pending.close(correlation_id)
            raise
        return Ticket(question.request_id, receipt, confirm_by, waiting, correlation_id)

    async def outcome(self, ticket: Ticket) -> Reply | None:
        """The reply, or None where there is none in time: the request is durable then, and pending.

        Raises Refusal publish_unknown where Kafka did not confirm the request.
        """
        try:
            await self._publisher.confirm(ticket.receipt, ticket.confirm_by)
            crash_point("api.after_ack_waiting")
            if ticket.waiting is None:
                self._count("not_awaited")
                return None
            reply = await ticket.waiting
            self._count(reply.status if reply is not None else "pending")
            return reply
        except Refusal:
            self._count("unknown")
            raise
        finally:
            self._pending.close(ticket.correlation_id)

    def _count(self, outcome: str) -> None:
        self._counters.add("flowserve_api_outcomes_total", value=outcome)

    def _record(self, question: Question, correlation_id: bytes) -> ProducerRecord:
        sent_headers = [
            (headers.CLIENT_ID, question.client_id.encode()),
            (headers.REQUEST_ID, question.request_id.encode()),
            (headers.SOURCE, b"rest"),
        ]
        if correlation_id:
            deadline = int((self._now() + question.wait) * 1_000)
            sent_headers += [
                (headers.CORRELATION_ID, correlation_id),
                (headers.REPLY_PARTITION, self._reply_partition),
                (headers.DEADLINE, str(deadline).encode()),
            ]
        sent_headers += question.trace.wire()
        key = question.transaction.customer_id.encode()
        return ProducerRecord(REQUESTS, key, canonical(question.transaction), sent_headers)
