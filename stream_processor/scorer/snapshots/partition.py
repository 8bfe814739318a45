"""The state of one partition as the frames of a snapshot file, and back."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from flowserve_ml.features.definitions import (
    DEFINITIONS_VERSION,
    HORIZON_SECONDS,
    LABEL_DELAY_SECONDS,
    MAX_REMEMBERED_ROWS,
)
from schemas.outcomes import FOLD_VERSION
from stream_processor.pipeline.declines import KEPT_MINUTES, Declines, Minutes
from stream_processor.pipeline.labels import Labels, Reports
from stream_processor.pipeline.state import PartitionState
from stream_processor.pipeline.unlabelled import UnlabelledRows
from stream_processor.scorer.snapshots.file import UnusableSnapshot
from stream_processor.scorer.snapshots.seal import Seal

RULES = (
    sys.byteorder,
    FOLD_VERSION,
    DEFINITIONS_VERSION,
    HORIZON_SECONDS,
    LABEL_DELAY_SECONDS,
    MAX_REMEMBERED_ROWS,
    KEPT_MINUTES,
)
"""A snapshot of a scorer with other rules is refused."""
AT_ONCE = 4_096
"""Entries of a frame: encoding one holds up the event loop for a few milliseconds at most."""

_Item = TypeVar("_Item")


class Head(msgspec.Struct, frozen=True):
    """The first frame. `customers`, `unlabelled`, `reports` count the entries that follow, in that order."""

    rules: tuple[str, int, int, int, int, int, int]
    partition: int
    partitions: int
    next: int
    mark: int
    received_ms: int
    predictions: Seal
    feedback: Seal
    erasures_asked: dict[str, int]
    erasures_done: dict[str, int]
    declines: Minutes
    customers: int
    unlabelled: int = msgspec.field(name="waiting")  # as the snapshots on disks call it
    reports: int


class Captured(msgspec.Struct, frozen=True):
    """A state as it was at one moment; nothing in it changes any more."""

    next: int
    log_end: int
    mark: int
    received_ms: int
    customers: dict[str, bytes]
    unlabelled: dict[int, bytes]
    reports: Reports
    feedback_end: int
    erasures_asked: dict[str, int]
    erasures_done: dict[str, int]
    declines: Minutes


_head = msgspec.msgpack.Decoder(Head)
_customers = msgspec.msgpack.Decoder(list[tuple[str, bytes]])
_unlabelled = msgspec.msgpack.Decoder(list[tuple[int, bytes]])
_reports = msgspec.msgpack.Decoder(list[tuple[int, tuple[tuple[int, bool], ...]]])
_encode = msgspec.msgpack.Encoder().encode


def capture(state: PartitionState) -> Captured:
    """Shallow copies: the memories are immutable bytes, packed rows too, and reports are tuples."""
    unlabelled, reports, feedback_end = state.labels.content()
    return Captured(
        state.next,
        state.log_end,
        state.mark,
        state.received_ms,
        state.customers.copy(),
        unlabelled,
        reports,
        feedback_end,
        state.erasures_asked.copy(),
        state.erasures_done.copy(),
        state.declines.content(),
    )


def frames(
    captured: Captured, partition: int, partitions: int, predictions: Seal, feedback: Seal
) -> Iterator[bytes]:
    """What a snapshot file holds of it."""
    customers, unlabelled, reports = captured.customers, captured.unlabelled, captured.reports
    yield _encode(
        Head(
            RULES,
            partition,
            partitions,
            captured.next,
            captured.mark,
            captured.received_ms,
            predictions,
            feedback,
            captured.erasures_asked,
            captured.erasures_done,
            captured.declines,
            len(customers),
            len(unlabelled),
            len(reports),
        )
    )
    for entries in (customers, unlabelled, reports):
        yield from map(_encode, in_parts(list(entries.items())))


def in_parts(entries: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Slices of AT_ONCE entries."""
    return (entries[first : first + AT_ONCE] for first in range(0, len(entries), AT_ONCE))


def state_of(content: Iterator[bytes], partition: int, partitions: int) -> tuple[PartitionState, Head]:
    """The state, and what must lie in the logs for it to be theirs. Raises UnusableSnapshot."""
    try:
        head = _head.decode(next(content, b""))
        if head.rules != RULES or (head.partition, head.partitions) != (partition, partitions):
            raise UnusableSnapshot("it was made by other rules, or for another partition")
        state = PartitionState()
        state.next, state.log_end = head.next, head.predictions.position
        state.mark, state.received_ms = head.mark, head.received_ms
        state.erasures_asked, state.erasures_done = head.erasures_asked, head.erasures_done
        state.declines = Declines(head.declines)
        state.customers = dict(_entries(content, _customers, head.customers))
        unlabelled = UnlabelledRows(dict(_entries(content, _unlabelled, head.unlabelled)))
        reports = dict(_entries(content, _reports, head.reports))
        state.labels = Labels(unlabelled, reports, head.feedback.position)
    except msgspec.DecodeError as error:
        raise UnusableSnapshot(f"it cannot be read: {error!r}") from None
    return state, head


def _entries(content: Iterator[bytes], decoder: msgspec.msgpack.Decoder[Any], count: int) -> Iterator[Any]:
    while count > 0:
        frame = next(content, None)
        if frame is None:
            raise UnusableSnapshot("it is cut off")
        entries = decoder.decode(frame)
        count -= len(entries)
        yield from entries
