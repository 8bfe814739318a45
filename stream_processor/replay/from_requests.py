"""The request topic as history, without a consumer group: the live scorers do not notice."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Mapping

from aiokafka import ConsumerRecord

from schemas import headers
from schemas.feedback import decode_feedback
from schemas.problems import Refusal
from schemas.topics import FEEDBACK, REQUESTS
from schemas.transaction import Transaction
from stream_processor.pipeline.admit import admit
from stream_processor.pipeline.envelope import Record, read_envelope
from stream_processor.pipeline.state import Draft, PartitionState
from stream_processor.replay.assemble import Report, assemble
from stream_processor.replay.history import History
from stream_processor.replay.job import Offsets
from stream_processor.scorer.kafka_log import LogReader


async def read_requests(
    reader: LogReader, client_id: str, partitions: int, rates: Mapping[str, float], offsets: Offsets | None
) -> History:
    """What the topic holds of one client (within `offsets`, if any), refused records included.

    Raises what Kafka raises. Requests are kept for seven days: older ones are in the database.
    """
    found: list[tuple[int, int, int, Transaction | Refusal]] = []
    digest = hashlib.sha256(client_id.encode())
    chosen = offsets if offsets is not None else dict.fromkeys(range(partitions), (0, None))
    for partition, (first, end) in chosen.items():
        async for record in _records(reader, REQUESTS, partition, first, end):
            envelope = read_envelope(record, 0)
            if envelope.client_id == client_id:
                found.append((record.timestamp, partition, record.offset, _read(record, rates, partitions)))
                digest.update(f"{partition} {record.offset} {record.timestamp};".encode())
    found.sort(key=lambda entry: entry[:3])
    reports = [report async for report in _reports(reader, client_id, partitions)]
    digest.update(str(reports).encode())
    asked = [entry[3] for entry in found]
    return assemble(REQUESTS, client_id, asked, reports, rates, digest.hexdigest())


def _read(record: Record, rates: Mapping[str, float], partitions: int) -> Transaction | Refusal:
    """As the scorer judges it, without its memory."""
    try:
        return admit(
            record, read_envelope(record, 0), Draft(PartitionState()), dict(rates), partitions
        ).transaction
    except Refusal as refusal:
        return refusal


async def _reports(reader: LogReader, client_id: str, partitions: int) -> AsyncIterator[Report]:
    for partition in range(partitions):
        async for record in _records(reader, FEEDBACK, partition, 0, None):
            client = headers.first(record.headers, headers.CLIENT_ID) or headers.DEFAULT_CLIENT.encode()
            try:
                report = decode_feedback(record.value)
            except Refusal:
                continue
            if client == client_id.encode():
                at = record.timestamp / 1_000
                yield Report(report.customer_id, report.transaction_id, at, report.is_fraud)


async def _records(
    reader: LogReader, topic: str, partition: int, first: int, end: int | None
) -> AsyncIterator[ConsumerRecord]:
    async with contextlib.aclosing(reader.read(topic, partition, first)) as chunks:
        async for records in chunks:
            for record in records:
                if end is not None and record.offset >= end:
                    return
                yield record
