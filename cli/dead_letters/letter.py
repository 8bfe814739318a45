"""One dead letter as an operator sees it: the refused record's own bytes, and what FlowServe says of them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from schemas import headers
from schemas.clients import client_of
from schemas.headers import UNKNOWN_CLIENT
from stream_processor.redrives import redrives

Pairs = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Letter:
    """`key`, `value` and `theirs` are the refused record's, `ours` what was added; `at_ms` is broker time."""

    partition: int
    offset: int
    at_ms: int
    key: bytes | None
    value: bytes | None
    theirs: Pairs
    ours: dict[str, bytes]

    @property
    def place(self) -> str:
        """How commands name it: PARTITION/OFFSET."""
        return f"{self.partition}/{self.offset}"

    @property
    def code(self) -> str:
        """The problem's code."""
        return self._text(headers.DLQ_ERROR_CODE, "unknown")

    @property
    def message(self) -> str:
        """What is wrong and what to do."""
        return self._text(headers.DLQ_ERROR_MESSAGE, "")

    @property
    def client(self) -> str:
        """Whose it is; letters of older versions do not say so themselves."""
        claimed = client_of(headers.first(self.theirs, headers.CLIENT_ID)) or UNKNOWN_CLIENT
        return self._text(headers.DLQ_CLIENT, UNKNOWN_CLIENT if self.bytes_gone else claimed)

    @property
    def attempts(self) -> int:
        """How often the record was tried."""
        return headers.number(self.ours.get(headers.DLQ_ATTEMPTS)) or 1

    @property
    def redrives(self) -> int:
        """How often it was put back before it was refused once more."""
        return redrives(self.theirs)

    @property
    def source(self) -> tuple[int, int]:
        """Partition and offset of the refused record; another letter of the same source is its repeat."""
        offset = headers.number(self.ours.get(headers.DLQ_OFFSET))
        return self.partition, -1 - self.offset if offset is None else offset

    @property
    def bytes_gone(self) -> bool:
        """True where the value only stands for bytes that were not kept."""
        return self.ours.get(headers.DLQ_PAYLOAD) == b"hmac"

    @property
    def at(self) -> datetime:
        """When the letter was written, UTC."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)

    def _text(self, name: str, otherwise: str) -> str:
        value = self.ours.get(name)
        return otherwise if value is None else value.decode("utf-8", "replace")


def letter_of(record: ConsumerRecord) -> Letter:
    """What FlowServe added stands last; a producer's own `dlq_*` headers stand before and lose."""
    first_of_ours = len(record.headers)
    while first_of_ours and record.headers[first_of_ours - 1][0].startswith("dlq_"):
        first_of_ours -= 1
    pairs = [(name, value or b"") for name, value in record.headers]
    theirs, ours = pairs[:first_of_ours], dict(pairs[first_of_ours:])
    return Letter(record.partition, record.offset, record.timestamp, record.key, record.value, theirs, ours)
