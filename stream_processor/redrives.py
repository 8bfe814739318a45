"""What a redrive writes: a count on the request that goes back, and a note beside its dead letter."""

from schemas import headers
from schemas.headers import Headers


def redrives(found: Headers) -> int:
    """How often a request was put back before; 0 where its header says nothing that can be read."""
    return headers.number(headers.first(found, headers.REDRIVES)) or 0


def redriven_headers(found: Headers, partition: int, offset: int) -> list[tuple[str, bytes]]:
    """The headers of a letter's request as they go back; the letter lies at `partition` and `offset`."""
    ours = (headers.REDRIVES, headers.REDRIVEN_FROM)
    kept = [(name, value) for name, value in found if not name.startswith("dlq_") and name not in ours]
    count, place = str(redrives(found) + 1), f"{partition}/{offset}"
    return [*kept, (headers.REDRIVES, count.encode()), (headers.REDRIVEN_FROM, place.encode())]


def note_headers(letter_offset: int, partition: int, offset: int) -> list[tuple[str, bytes]]:
    """The headers of the note on the letter's partition: which letter, and where its request lies now."""
    return [
        (headers.DLQ_REDRIVEN, str(letter_offset).encode()),
        (headers.DLQ_REDRIVEN_TO, f"{partition}/{offset}".encode()),
    ]


def noted_letter(found: Headers) -> int | None:
    """The offset of the letter that a note speaks of; None for a dead letter.

    Every dead letter has an error code of ours, so no header that a producer sets makes it a note.
    """
    if headers.first(found, headers.DLQ_ERROR_CODE) is not None:
        return None
    return headers.number(headers.first(found, headers.DLQ_REDRIVEN))
