"""The request topic as history, without a consumer group: the live scorers do not notice."""

import contextlib
import dataclasses
import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from aiokafka import ConsumerRecord

from schemas import headers
from schemas.clients import client_of
from schemas.erasure import decode_erasure, is_erasure
from schemas.feedback import decode_feedback
from schemas.problems import Refusal
from schemas.topics import FEEDBACK, REQUESTS
from schemas.transaction import Transaction
from stream_processor.pipeline.admit import admit
from stream_processor.pipeline.envelope import Envelope, Record, read_envelope
from stream_processor.pipeline.state import Draft, PartitionState
from stream_processor.replay.assemble import Report, assemble
from stream_processor.replay.history import History
from stream_processor.replay.job import Offsets
from stream_processor.scorer.kafka_log import LogReader


class _Asked(NamedTuple):
    """A request, and when and where it arrived (milliseconds since 1970 UTC)."""

    at_ms: int
    partition: int
    offset: int
    customer_id: str
    entry: Transaction | Refusal


async def read_requests(
    reader: LogReader, client_id: str, partitions: int, rates: Mapping[str, float], offsets: Offsets | None
) -> History:
    """What the topic holds of one client (within `offsets`, if any), refused records included.

    What stands before an erasure of its customer is left out, and counted in a note. Raises what Kafka
    raises. Requests are kept for seven days: older ones are in the database.
    """
    found: list[_Asked] = []
    digest = hashlib.sha256(client_id.encode())
    chosen = offsets if offsets is not None else dict.fromkeys(range(partitions), (0, None))
    for partition, (first, end) in chosen.items():
        async for record in _records(reader, REQUESTS, partition, first, end):
            envelope = read_envelope(record, 0)
            if envelope.client_id == client_id:
                entry = _read(record, envelope, rates, partitions)
                customer = entry.customer_id if isinstance(entry, Transaction) else _text(record.key)
                found.append(_Asked(record.timestamp, partition, record.offset, customer, entry))
                digest.update(f"{partition} {record.offset} {record.timestamp};".encode())
    found.sort(key=lambda asked: asked[:3])
    reports, erased = await _read_feedback(reader, client_id, partitions)
    digest.update(str((reports, erased) if erased else reports).encode())
    kept = [asked.entry for asked in found if asked.at_ms > erased.get(asked.customer_id, 0)]
    history = assemble(REQUESTS, client_id, kept, reports, rates, digest.hexdigest())
    if len(kept) == len(found):
        return history
    left_out = f"{len(found) - len(kept):,} requests of customers who were erased are left out"
    return dataclasses.replace(history, notes=(*history.notes, left_out))


def _read(
    record: Record, envelope: Envelope, rates: Mapping[str, float], partitions: int
) -> Transaction | Refusal:
    """As the scorer judges it, without its memory."""
    try:
        return admit(record, envelope, Draft(PartitionState()), rates, partitions).transaction
    except Refusal as refusal:
        return refusal


async def _read_feedback(
    reader: LogReader, client_id: str, partitions: int
) -> tuple[list[Report], dict[str, int]]:
    """The reports, and when each customer was last erased (milliseconds since 1970 UTC)."""
    reports: list[Report] = []
    erased: dict[str, int] = {}
    for partition in range(partitions):
        async for record in _records(reader, FEEDBACK, partition, 0, None):
            if client_of(headers.first(record.headers, headers.CLIENT_ID)) == client_id:
                with contextlib.suppress(Refusal):
                    if is_erasure(record.headers):
                        erased[decode_erasure(record.value).customer_id] = record.timestamp
                    else:
                        reports.append(_report(record))
    kept = [report for report in reports if report.reported_at * 1_000 > erased.get(report.customer_id, 0)]
    return kept, erased


def _report(record: ConsumerRecord) -> Report:
    report = decode_feedback(record.value)
    at = record.timestamp / 1_000
    return Report(report.customer_id, report.transaction_id, at, report.is_fraud)


def _text(key: bytes | None) -> str:
    return (key or b"").decode("utf-8", "replace")


async def _records(
    reader: LogReader, topic: str, partition: int, first: int, end: int | None
) -> AsyncIterator[ConsumerRecord]:
    async with contextlib.aclosing(reader.read(topic, partition, first)) as chunks:
        async for records in chunks:
            for record in records:
                if end is not None and record.offset >= end:
                    return
                yield record
