"""Sends the answers that are awaited, after they are durable. A lost reply costs a GET, never an answer."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import headers, topics
from schemas.counters import Counters
from schemas.outcomes import Status
from stream_processor.pipeline.envelope import ReplyTo
from stream_processor.pipeline.results import Result
from stream_processor.scorer.kafka_log import LogReader

log = logging.getLogger(__name__)

_MOST_RECENT = 1_000


class RecentAnswers:
    """The latest answers that a caller waited for, by log offset: a prompt retry needs no read of the log."""

    def __init__(self) -> None:
        self._answers: OrderedDict[int, bytes] = OrderedDict()

    def add(self, offset: int, value: bytes) -> None:
        """Remembers an answer; the oldest goes."""
        self._answers[offset] = value
        if len(self._answers) > _MOST_RECENT:
            self._answers.popitem(last=False)

    def get(self, offset: int) -> bytes | None:
        """The answer at an offset of the log, if it is still here."""
        return self._answers.get(offset)


class ReplySender:
    """One per process."""

    def __init__(self, clock_ms: Callable[[], int], counters: Counters) -> None:
        self._clock_ms = clock_ms
        self._counters = counters

    def _count(self, reply: str) -> None:
        self._counters.add("flowserve_scorer_replies_total", value=reply)

    async def send(self, producer: AIOKafkaProducer, to: ReplyTo, status: Status, value: bytes) -> None:
        """Hands a reply to the producer without waiting for the broker. An expired one is only counted."""
        if to.deadline_ms is not None and to.deadline_ms < self._clock_ms():
            self._count("late")
            return
        wire = [
            (headers.CORRELATION_ID, to.correlation_id),
            (headers.STATUS, status.encode()),
            *to.trace,
        ]
        try:
            sent = await producer.send(topics.REPLIES, value, partition=to.partition, headers=wire)
        except KafkaError as error:
            self._count("failed")
            log.warning("a reply could not be sent; its caller gets it by GET", extra={"cause": repr(error)})
        else:
            self._count("sent")
            sent.add_done_callback(self._note_failure)

    def _note_failure(self, sent: asyncio.Future[object]) -> None:
        if not sent.cancelled() and sent.exception() is not None:
            self._count("failed")
            log.warning("a reply was not confirmed", extra={"cause": repr(sent.exception())})


class Answers:
    """The answers of one partition: each to the caller who waits for it, a repeat's being the first one."""

    def __init__(self, partition: int, reader: LogReader, replies: ReplySender) -> None:
        self._partition = partition
        self._reader = reader
        self._replies = replies
        self._recent = RecentAnswers()

    async def deliver(self, producer: AIOKafkaProducer, results: list[Result], first_offset: int) -> None:
        """Replies to durable results, the first of which lies at `first_offset` of the log."""
        for offset, entry in enumerate(results, start=first_offset):
            if entry.reply is None:
                continue
            if entry.status == "scored":
                self._recent.add(offset, entry.value)
            value = entry.reply.value
            if value is None and entry.reply.first_offset is not None:
                value = await self._first_answer(entry.reply.first_offset)
            if value is not None:
                await self._replies.send(producer, entry.reply.to, entry.status, value)

    async def _first_answer(self, offset: int) -> bytes | None:
        recent = self._recent.get(offset)
        if recent is not None:
            return recent
        record = await self._reader.read_one(topics.PREDICTIONS, self._partition, offset)
        return record.value if record is not None else None
