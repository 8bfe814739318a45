"""Brings a partition's state up to the end of its log: a rebuild the first time, the new records after."""

import contextlib
import logging
from collections.abc import Mapping, Sequence

import msgspec
from aiokafka import ConsumerRecord

from flowserve_ml.features.definitions import HORIZON_SECONDS
from schemas import headers, identifiers
from schemas.clients import client_of
from schemas.counters import Counters
from schemas.crash_points import crash_point
from schemas.erasure import decode_erasure, is_erasure
from schemas.feedback import decode_feedback
from schemas.outcomes import Fold, fold_decoder
from schemas.problems import Refusal
from schemas.topics import FEEDBACK, PREDICTIONS, REQUESTS
from stream_processor.pipeline.envelope import ReplyTo
from stream_processor.pipeline.keys import key_of
from stream_processor.pipeline.labels import Labels
from stream_processor.pipeline.state import WAITING_SECONDS, PartitionState
from stream_processor.scorer.kafka_log import LogReader

log = logging.getLogger(__name__)

Awaiting = Mapping[int, ReplyTo]
Answer = tuple[ReplyTo, bytes]


class DamagedLog(Exception):
    """A record of `predictions` has no readable fold: state cannot be rebuilt from this log."""


class LogsDisagree(Exception):
    """`predictions` has decided requests that `requests` does not hold: one of the logs was recreated."""


class CatchUp:
    """Reads the logs of a partition into its state."""

    def __init__(self, reader: LogReader, counters: Counters) -> None:
        self._reader = reader
        self._counters = counters

    async def run(
        self, partition: int, state: PartitionState, now_ms: int, awaiting: Awaiting | None = None
    ) -> list[Answer]:
        """Folds what the log holds beyond `state.log_end`.

        Returns the answers found for the request offsets in `awaiting`, those of scored requests. Raises
        DamagedLog, LogsDisagree, UnknownFoldVersion and whatever Kafka raises; the state is then as far as it
        came, and consistent.
        """
        start = state.log_end or await horizon_offset(self._reader, PREDICTIONS, partition, now_ms)
        answers: list[Answer] = []
        folded = 0
        _, end = await self._reader.bounds(PREDICTIONS, partition)
        if start > end:
            raise LogsDisagree(
                f"{PREDICTIONS}-{partition} ends at {end}, and was read up to {start} before: it was "
                "recreated or cut. Recreate requests as well, or restore both, and restart the scorers."
            )
        async with contextlib.aclosing(self._reader.read(PREDICTIONS, partition, start)) as chunks:
            async for records in chunks:
                answers += self._fold(state, records, awaiting or {})
                folded += len(records)
                crash_point("proc.mid_recovery")
        state.forget_idle()
        await self._check(partition, state)
        self._counters.add("flowserve_scorer_catch_ups_total")
        log.info("caught up", extra={"partition": partition, "records": folded, "next": state.next})
        return answers

    def _fold(
        self, state: PartitionState, records: Sequence[ConsumerRecord], awaiting: Awaiting
    ) -> list[Answer]:
        answers: list[Answer] = []
        folds = [(record.offset, _fold_of(record)) for record in records]
        for record, (_, fold), counts in zip(records, folds, state.apply(folds), strict=True):
            if not counts:
                self._counters.add("flowserve_scorer_ignored_repeats_total")
            elif fold.offset in awaiting and headers.first(record.headers, headers.STATUS) == b"scored":
                answers.append((awaiting[fold.offset], record.value))
        return answers

    async def read_reports(self, partition: int, state: PartitionState, now_ms: int) -> None:
        """Folds what is new in `feedback`. What cannot be read there is counted and passed over."""
        labels = state.labels
        start = labels.feedback_end or await horizon_offset(self._reader, FEEDBACK, partition, now_ms)
        async with contextlib.aclosing(self._reader.read(FEEDBACK, partition, start)) as chunks:
            async for records in chunks:
                for record in records:
                    self._fold_event(state, record)
                labels.feedback_end = records[-1].offset + 1

    def _fold_event(self, state: PartitionState, record: ConsumerRecord) -> None:
        client_id = client_of(headers.first(record.headers, headers.CLIENT_ID))
        if client_id is None:
            self._counters.add("flowserve_scorer_unreadable_reports_total")
            return
        try:
            if is_erasure(record.headers):
                erasure = decode_erasure(record.value)
                state.ask_erasure(key_of(client_id, erasure.customer_id), record.timestamp)
            else:
                self._fold_report(state.labels, client_id, record)
        except Refusal:
            self._counters.add("flowserve_scorer_unreadable_reports_total")

    def _fold_report(self, labels: Labels, client_id: str, record: ConsumerRecord) -> None:
        report = decode_feedback(record.value)
        prediction = identifiers.prediction_id(client_id, report.customer_id, report.transaction_id)
        labels.reported(identifiers.signed_64(prediction), record.timestamp // 1_000, report.is_fraud)

    async def _check(self, partition: int, state: PartitionState) -> None:
        """The last decided request must be the one that lies there, unless it is no longer kept."""
        _, end = await self._reader.bounds(REQUESTS, partition)
        last = await self._reader.read_one(REQUESTS, partition, state.next - 1) if state.next else None
        if state.next > end or (last is not None and last.timestamp != state.received_ms):
            raise LogsDisagree(
                f"{PREDICTIONS}-{partition} has decided up to offset {state.next} of another "
                f"{REQUESTS}-{partition} than this one, which ends at {end}. If one log was recreated, "
                "recreate the other as well, or restore both."
            )


async def horizon_offset(reader: LogReader, topic: str, partition: int, now_ms: int) -> int:
    """Where a rebuild starts: before the horizon of the oldest request that may still wait."""
    since = now_ms - (HORIZON_SECONDS + WAITING_SECONDS) * 1_000
    first, end = await reader.bounds(topic, partition)
    found = await reader.offset_at(topic, partition, since)
    return max(first, end - 1) if found is None else found


def _fold_of(record: ConsumerRecord) -> Fold:
    """Raises DamagedLog, naming the record."""
    found = headers.first(record.headers, headers.FOLD)
    if found is None:
        raise DamagedLog(f"{_place(record)} has no fold header; the state cannot be rebuilt past it.")
    try:
        return fold_decoder.decode(found)
    except (msgspec.DecodeError, ValueError) as error:
        raise DamagedLog(f"{_place(record)} has an unreadable fold: {error}.") from None


def _place(record: ConsumerRecord) -> str:
    return f"{PREDICTIONS}-{record.partition}: offset {record.offset}"
