"""Dead letters: the refused record's bytes and headers untouched, plus why; a card number never passes."""

import hashlib
import hmac
import json

from aiokafka import AIOKafkaProducer

from schemas import headers, topics
from schemas.card_numbers import holds_card_number
from schemas.problems import CATALOGUE
from stream_processor.pipeline.results import Result

_MESSAGE_BYTES = 1_024
_KEPT_BYTES = 1_000_000


async def send_dead_letters(
    producer: AIOKafkaProducer, results: list[Result], payload_key: bytes, failed_at_ms: int
) -> None:
    """Writes one dead letter per refused record, on its partition number, and waits until all are durable."""
    waiting = []
    for entry in results:
        if entry.refused is not None:
            key, value, wire = dead_letter(entry, payload_key, failed_at_ms)
            partition = entry.record.partition
            waiting.append(
                await producer.send(topics.DEAD_LETTERS, value, key=key, partition=partition, headers=wire)
            )
    for receipt in waiting:
        await receipt


def dead_letter(
    entry: Result, payload_key: bytes, failed_at_ms: int
) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    """Key, value and headers of a dead letter.

    Where the record's bytes may hold a card number, key and headers are left out and the value is the keyed
    HMAC-SHA-256 of the payload and its length.
    """
    record, refused = entry.record, entry.refused
    if refused is None:
        raise ValueError("only a refused record has a dead letter")
    key, value, kept = record.key, record.value, list(record.headers)
    if _may_hold_card_number(key, value, kept):
        digest = hmac.new(payload_key, value or b"", hashlib.sha256).hexdigest()
        key, value = None, json.dumps({"hmac": digest, "length": len(value or b"")}).encode()
        kept = [(headers.DLQ_PAYLOAD, b"hmac")]
    elif value is not None and len(value) > _KEPT_BYTES:
        value, kept = value[:_KEPT_BYTES], [*kept, (headers.DLQ_PAYLOAD, b"truncated")]
    message = refused.detail or "; ".join(f"{error.pointer}: {error.detail}" for error in refused.errors)
    message = message or CATALOGUE[refused.code].title
    why = {
        headers.DLQ_TOPIC: topics.REQUESTS,
        headers.DLQ_PARTITION: str(record.partition),
        headers.DLQ_OFFSET: str(record.offset),
        headers.DLQ_TIMESTAMP: str(record.timestamp),
        headers.DLQ_STAGE: "score" if refused.code == "internal_error" else "validate",
        headers.DLQ_ERROR_CODE: refused.code,
        headers.DLQ_ERROR_MESSAGE: message,
        headers.DLQ_ATTEMPTS: "1",
        headers.DLQ_FAILED_AT: str(failed_at_ms),
    }
    kept += [(name, text.encode()[:_MESSAGE_BYTES]) for name, text in why.items()]
    return key, value, kept


def _may_hold_card_number(key: bytes | None, value: bytes | None, kept: list[tuple[str, bytes]]) -> bool:
    texts = [key or b"", value or b"", *(header for _, header in kept if header)]
    return any(holds_card_number(text.decode("latin-1")) for text in texts)
