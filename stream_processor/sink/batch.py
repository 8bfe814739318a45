"""Polled records as slices: for each partition, where it starts, where it ends, and its rows by table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from schemas import topics
from stream_processor.pipeline.envelope import Record
from stream_processor.redrives import noted_letter
from stream_processor.sink.dead_letters import dead_letter_row, redrive_row, unreadable_row
from stream_processor.sink.errors import BadRecord
from stream_processor.sink.rows import feedback_row, prediction_row, request_row
from stream_processor.sink.tables import DEAD_LETTERS, FEEDBACK, PREDICTIONS, REDRIVES, REQUESTS, Row, Table

TOPICS = (topics.REQUESTS, topics.PREDICTIONS, topics.FEEDBACK, topics.DEAD_LETTERS)


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Successive records of one partition.

    `expected` is the next offset that PostgreSQL must hold for the rows to be stored, `next` the one it holds
    afterwards. `unreadable` are dead letter rows in place of records that could not become rows, `redrives`
    rows of the notes that stand between the dead letters.
    """

    place: Place
    expected: int
    next: int
    table: Table
    rows: list[Row]
    unreadable: list[Row]
    redrives: list[Row] = field(default_factory=list)


def read_slice(place: Place, expected: int, records: Sequence[Record], now: datetime) -> Slice:
    """The rows of records that come at or after `expected`; `now` (UTC) dates the dead letters."""
    unreadable: list[Row] = []
    if place.topic == topics.REQUESTS:
        table, rows = REQUESTS, [request_row(record) for record in records]
    elif place.topic == topics.PREDICTIONS:
        table, rows = PREDICTIONS, list(_readable_rows(prediction_row, place.topic, records, unreadable, now))
    elif place.topic == topics.FEEDBACK:
        table, rows = FEEDBACK, list(_readable_rows(feedback_row, place.topic, records, unreadable, now))
    else:
        return _letters(place, expected, records)
    return Slice(place, expected, records[-1].offset + 1, table, rows, unreadable)


def _letters(place: Place, expected: int, records: Sequence[Record]) -> Slice:
    letters: list[Row] = []
    redrives: list[Row] = []
    for record in records:
        noted = noted_letter(record.headers)
        if noted is None:
            letters.append(dead_letter_row(record))
        else:
            redrives.append(redrive_row(record, noted))
    return Slice(place, expected, records[-1].offset + 1, DEAD_LETTERS, letters, [], redrives)


def _readable_rows(
    read: Callable[[Record], Row | None],
    topic: str,
    records: Sequence[Record],
    unreadable: list[Row],
    now: datetime,
) -> Iterator[Row]:
    for record in records:
        try:
            row = read(record)
        except BadRecord as bad:
            unreadable.append(unreadable_row(topic, record, bad.code, str(bad), bad.source_offset, now))
        else:
            if row is not None:
                yield row


def rows_by_table(slices: Iterable[Slice]) -> dict[Table, list[Row]]:
    """All rows of a batch, in the order of their records within each partition."""
    rows: dict[Table, list[Row]] = {}
    for part in slices:
        if part.rows:
            rows.setdefault(part.table, []).extend(part.rows)
        if part.unreadable:
            rows.setdefault(DEAD_LETTERS, []).extend(part.unreadable)
        if part.redrives:
            rows.setdefault(REDRIVES, []).extend(part.redrives)
    return rows


def days_of(rows: dict[Table, list[Row]]) -> set[date]:
    """The UTC days that need a partition."""
    return {
        row[0] for table in (REQUESTS, PREDICTIONS) for row in rows.get(table, ()) if isinstance(row[0], date)
    }
