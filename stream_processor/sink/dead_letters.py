"""Dead letters as rows: those on the topic and the sink's own. Why and where, never the payload."""

from datetime import datetime

from schemas import headers, topics
from schemas.clients import client_of
from schemas.headers import UNKNOWN_CLIENT
from stream_processor.pipeline.envelope import Record
from stream_processor.sink.rows import broker_time
from stream_processor.sink.tables import DEAD_LETTERS, FEEDBACK, PREDICTIONS, REDRIVES, REQUESTS, Row, Table

STAGE = "sink"
SECOND_SCORED_ROW = "second_scored_row"
REFUSED_ROW = "refused_row"

_MOST_CHARACTERS = 1_024
_MS_DIGITS = 15
_TRIED_ONCE = (1, True)
_TOPIC_OF = {
    REQUESTS: topics.REQUESTS,
    PREDICTIONS: topics.PREDICTIONS,
    FEEDBACK: topics.FEEDBACK,
    DEAD_LETTERS: topics.DEAD_LETTERS,
    REDRIVES: topics.DEAD_LETTERS,
}
_CLIENT_COLUMN = {REQUESTS: 4, PREDICTIONS: 4, FEEDBACK: 3, DEAD_LETTERS: 6}


def dead_letter_row(record: Record) -> Row:
    """A row for any record of the dead letter topic, whatever its headers say."""
    # The last value of a name is FlowServe's own; those before it came with the refused record.
    ours = dict(record.headers)
    theirs = dict(reversed(record.headers))
    failed_at = headers.number(ours.get(headers.DLQ_FAILED_AT), _MS_DIGITS)
    return (
        topics.DEAD_LETTERS,
        record.partition,
        record.offset,
        _text(ours.get(headers.DLQ_TOPIC), None),
        headers.number(ours.get(headers.DLQ_PARTITION), 9),
        headers.number(ours.get(headers.DLQ_OFFSET)),
        client_of(ours.get(headers.DLQ_CLIENT, theirs.get(headers.CLIENT_ID))) or UNKNOWN_CLIENT,
        _text(ours.get(headers.DLQ_STAGE), "unknown"),
        _text(ours.get(headers.DLQ_ERROR_CODE), "unknown"),
        _text(ours.get(headers.DLQ_ERROR_MESSAGE), ""),
        _time(failed_at, record.timestamp),
        headers.number(ours.get(headers.DLQ_ATTEMPTS), 6) or 1,
        ours.get(headers.DLQ_PAYLOAD) != b"hmac",
        record.offset,
    )


def redrive_row(record: Record, letter_offset: int) -> Row:
    """A row for a note that a dead letter was put back."""
    redriven_at = broker_time(record.timestamp)
    return (
        topics.DEAD_LETTERS,
        record.partition,
        record.offset,
        letter_offset,
        redriven_at,
        record.offset,
    )


def unreadable_row(
    topic: str, record: Record, code: str, message: str, source_offset: int | None, now: datetime
) -> Row:
    """A row for a record that the sink could not read; its source is named as far as it is known."""
    source = None if source_offset is None else topics.REQUESTS
    place = (topic, record.partition, record.offset)
    client = client_of(headers.first(record.headers, headers.CLIENT_ID)) or UNKNOWN_CLIENT
    why = (client, STAGE, code, message, now, *_TRIED_ONCE)
    return (*place, source, record.partition, source_offset, *why, record.offset)


def refused_row(table: Table, row: Row, code: str, message: str, now: datetime) -> Row:
    """A row in place of one that PostgreSQL does not take. `now` is UTC."""
    partition, source, place = row[2], (row[1], row[2], row[3]), row[-1]
    if table in (FEEDBACK, DEAD_LETTERS, REDRIVES):
        partition, source = row[1], (None, None, None)
    client = row[_CLIENT_COLUMN[table]] if table in _CLIENT_COLUMN else UNKNOWN_CLIENT
    why = (client, STAGE, code, message, now, *_TRIED_ONCE)
    return (_TOPIC_OF[table], partition, place, *_storable(source), *why, place)


def _storable(source: tuple[object, object, object]) -> tuple[object, object, object]:
    """The offset may be the very thing that does not fit."""
    topic, partition, offset = source
    fits = isinstance(offset, int) and 0 <= offset < 1 << 63
    return topic, partition, offset if fits else None


def _text(value: bytes | None, default: str | None) -> str | None:
    if value is None:
        return default
    text = value.decode("utf-8", "replace")[:_MOST_CHARACTERS]
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _time(milliseconds: int | None, otherwise: int) -> datetime:
    try:
        return broker_time(otherwise if milliseconds is None else milliseconds)
    except OverflowError:
        return broker_time(otherwise)
