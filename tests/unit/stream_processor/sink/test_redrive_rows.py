"""Notes between the dead letters become rows of their own; no producer can make a letter look like one."""

from datetime import UTC, datetime

from schemas import topics
from stream_processor.redrives import note_headers
from stream_processor.sink.batch import Place, read_slice, rows_by_table
from stream_processor.sink.dead_letters import refused_row
from stream_processor.sink.tables import DEAD_LETTERS, REDRIVES
from tests.unit.stream_processor.sink.test_rows import Consumed, named

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLACE = Place(topics.DEAD_LETTERS, 3)


def test_a_note_is_a_redrive_and_a_letter_a_letter() -> None:
    letter = Consumed(b"{", [("dlq_error_code", b"malformed")], offset=8)
    note = Consumed(b"", note_headers(8, 3, 77), offset=9, timestamp=int(NOON.timestamp() * 1_000))
    part = read_slice(PLACE, 8, [letter, note], NOON)
    rows = rows_by_table([part])
    assert [row[2] for row in rows[DEAD_LETTERS]] == [8]
    assert part.next == 10
    assert named(REDRIVES, rows[REDRIVES][0]) == {
        "topic": topics.DEAD_LETTERS,
        "partition": 3,
        "offset": 9,
        "letter_offset": 8,
        "redriven_at": NOON,
        "place": 9,
    }


def test_a_producer_cannot_hide_its_letter_as_a_note() -> None:
    forged = Consumed(b"{", [("dlq_redriven", b"1"), ("dlq_error_code", b"malformed")])
    part = read_slice(PLACE, 9, [forged], NOON)
    assert (len(part.rows), part.redrives) == (1, [])


def test_a_note_that_postgresql_does_not_take_is_a_dead_letter() -> None:
    note = read_slice(PLACE, 9, [Consumed(b"", note_headers(8, 3, 77))], NOON).redrives[0]
    letter = named(DEAD_LETTERS, refused_row(REDRIVES, note, "refused_row", "why", NOON))
    assert (letter["topic"], letter["partition"], letter["offset"]) == (topics.DEAD_LETTERS, 3, 9)
    assert letter["client_id"] == "unknown"
