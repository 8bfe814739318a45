"""Dead letters: the refused record's bytes and headers untouched, plus why; a card number never passes."""

import asyncio
import hashlib
import hmac
import json
import re
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from schemas import headers, topics
from schemas.card_numbers import LONGEST_ID, holds_card_number
from schemas.headers import UNKNOWN_CLIENT
from schemas.problems import CATALOGUE
from stream_processor.pipeline.results import Result
from stream_processor.redrives import redrives

_MESSAGE_BYTES = 1_024
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_MANY_DIGITS = re.compile("[0-9][0-9 -]{11,}[0-9]")
_KEPT_BYTES = 1_900_000


@dataclass(frozen=True)
class Payloads:
    """What becomes of the bytes of refused records: `key` is that of the HMAC for those that are not kept."""

    key: bytes
    kept: bool = True


async def send_dead_letters(
    producer: AIOKafkaProducer, results: list[Result], payloads: Payloads, failed_at_ms: int
) -> None:
    """Writes one dead letter per refused record, on its partition number, and waits until all are durable."""
    waiting = []
    for entry in results:
        if entry.refused is not None:
            key, value, wire = dead_letter(entry, payloads, failed_at_ms)
            partition = entry.record.partition
            waiting.append(
                await producer.send(topics.DEAD_LETTERS, value, key=key, partition=partition, headers=wire)
            )
    await asyncio.gather(*waiting)


def dead_letter(
    entry: Result, payloads: Payloads, failed_at_ms: int
) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    """Key, value and headers of a dead letter.

    Where the record's bytes may hold a card number, or do not fit, or none are kept at all, key and headers
    are left out and the value is the keyed HMAC-SHA-256 of the payload and its length.
    """
    record, refused = entry.record, entry.refused
    if refused is None:
        raise ValueError("only a refused record has a dead letter")
    key, value, kept = record.key, record.value, list(record.headers)
    if (
        not payloads.kept
        or refused.code == "card_number"
        or _too_large(key, value, kept)
        or _may_hold_card_number(key, value, kept)
    ):
        digest = hmac.new(payloads.key, value or b"", hashlib.sha256).hexdigest()
        key, value = None, json.dumps({"hmac": digest, "length": len(value or b"")}).encode()
        traced = (headers.TRACEPARENT, headers.TRACESTATE)
        # What of the trace context is among the outcome's headers was looked at already.
        kept = [(headers.DLQ_PAYLOAD, b"hmac"), *(each for each in entry.headers if each[0] in traced)]
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
        headers.DLQ_ATTEMPTS: str(1 + redrives(record.headers)),
        headers.DLQ_FAILED_AT: str(failed_at_ms),
        headers.DLQ_CLIENT: _client(entry),
    }
    kept += [(name, text.encode()[:_MESSAGE_BYTES]) for name, text in why.items()]
    return key, value, kept


def _client(entry: Result) -> str:
    """Whose it is, also where the record's own headers are left out."""
    client = dict(entry.headers)[headers.CLIENT_ID].decode()
    return UNKNOWN_CLIENT if holds_card_number(client) else client


def _too_large(key: bytes | None, value: bytes | None, kept: list[tuple[str, bytes]]) -> bool:
    wire = sum(len(name) + len(text or b"") for name, text in kept)
    return len(key or b"") + len(value or b"") + wire > _KEPT_BYTES


def _may_hold_card_number(key: bytes | None, value: bytes | None, kept: list[tuple[str, bytes]]) -> bool:
    parts = [key or b"", value or b"", *(text for _, text in kept if text)]
    texts = [part.decode("latin-1") for part in parts] + [name for name, _ in kept]
    return any(_holds_card(spelling) for text in texts for spelling in _spellings(text))


def _holds_card(text: str) -> bool:
    """Looks only where enough digits stand together: the scorer waits, and a record may be a megabyte.

    What is around them can make them no card number; and a look that cuts other digits is looked at again.
    """
    around = LONGEST_ID + 1
    places = (match.span() for match in _MANY_DIGITS.finditer(text))
    parts = (text[max(0, start - around) : end + around] for start, end in places)
    return any(holds_card_number(part) for part in parts) and holds_card_number(text)


def _spellings(text: str) -> set[str]:
    """The text as it is, without the NULs of UTF-16 and UTF-32, and with JSON's escapes resolved."""
    unescaped = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text) if "\\u" in text else text
    return {text, text.replace("\0", ""), unescaped}
