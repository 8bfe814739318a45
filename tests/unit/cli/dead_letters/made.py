"""Dead letters as the scorer writes them, without any I/O."""

import json

from aiokafka import ConsumerRecord

from cli.dead_letters.letter import Letter, letter_of
from schemas.topics import DEAD_LETTERS
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.dead_letters import Payloads, dead_letter
from tests.support.actors import NOW_MS, rules
from tests.support.records import Wire, body, decided, raw

STRANGER: Wire = [("client_id", b"stranger")]


def letter(
    value: bytes | None, key: bytes | None = b"c-1", wire: Wire = (), offset: int = 17, source: int = 7
) -> Letter:
    """What an operator reads of a record that was refused."""
    (refused,) = decided([raw(source, value, key, wire)], PartitionState(), rules())
    kept_key, kept_value, headers = dead_letter(refused, Payloads(b"secret"), NOW_MS)
    record = ConsumerRecord(
        DEAD_LETTERS, 0, offset, NOW_MS, 1, kept_key, kept_value, None, -1, -1, tuple(headers)
    )
    return letter_of(record)


def good(number: int = 1, **changes: object) -> bytes:
    """A body that only its headers or its model can be wrong with."""
    return json.dumps(body(number) | changes).encode()
