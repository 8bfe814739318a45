"""The book of terminals as the frames of a snapshot file, and back."""

import asyncio
from collections.abc import Iterator, Mapping

import msgspec

from flowserve_ml.features.definitions import (
    DEFINITIONS_VERSION,
    HORIZON_SECONDS,
    MATURITY_SECONDS,
    SLACK_SECONDS,
)
from flowserve_ml.features.terminal import TerminalHistory
from schemas.terminal_history import VERSION
from stream_processor.pipeline.labels import Published
from stream_processor.pipeline.terminals import TerminalBook
from stream_processor.scorer.snapshots.file import UnusableSnapshot
from stream_processor.scorer.snapshots.partition import in_parts
from stream_processor.scorer.snapshots.seal import Seal

RULES = (VERSION, DEFINITIONS_VERSION, HORIZON_SECONDS, MATURITY_SECONDS, SLACK_SECONDS)
"""A snapshot of a scorer with other rules is refused."""


class Head(msgspec.Struct, frozen=True):
    """The first frame. `seals`: how far each partition of `terminal-history` was read."""

    rules: tuple[int, int, int, int, int]
    seals: list[Seal]
    published: dict[int, Published] = msgspec.field(name="progress")  # as the snapshots on disks call it


_head = msgspec.msgpack.Decoder(Head)
_terminals = msgspec.msgpack.Decoder(list[tuple[str, bytes]])
_encode = msgspec.msgpack.Encoder().encode


async def frames(book: TerminalBook, seals: list[Seal]) -> list[bytes]:
    """What a snapshot file holds of it; `seals` are of before this call.

    Pauses between parts, so the book may grow meanwhile. That does no harm: what it learns beyond the seals
    comes again, and a row that comes twice changes nothing.
    """
    terminals, published = book.content()
    found = [_encode(Head(RULES, seals, published))]
    for entries in in_parts(terminals):
        found.append(_encode([(key, history.pack()) for key, history in entries]))
        await asyncio.sleep(0)
    return found


def terminals_of(content: Iterator[bytes]) -> tuple[Mapping[str, TerminalHistory], Head]:
    """The histories by key, and what must lie in the log for them to be its. Raises UnusableSnapshot."""
    try:
        head = _head.decode(next(content, b""))
        if head.rules != RULES:
            raise UnusableSnapshot("it was made by other rules")
        entries = (entry for frame in content for entry in _terminals.decode(frame))
        return {key: TerminalHistory.unpack(packed) for key, packed in entries}, head
    except msgspec.DecodeError as error:
        raise UnusableSnapshot(f"it cannot be read: {error!r}") from None
