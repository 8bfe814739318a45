"""Dead letters as the API shows them: the query, its statement, and a row's answer. Never what they hold."""

from datetime import UTC
from typing import Annotated, Any

import asyncpg
import msgspec
from pydantic import BaseModel, ConfigDict, Field

from ingest_api import statements
from ingest_api.cursor import RowPlace, filters_name
from ingest_api.where import Where
from schemas.topics import DEAD_LETTERS
from schemas.transaction_model import Rfc3339, SafeId


class DeadLettersQuery(BaseModel):
    """All filters narrow; `from` is inclusive and `to` exclusive, both times of the refusal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: SafeId | None = Field(None, description="Only this code, such as `unknown_client`.")
    from_: Rfc3339 | None = Field(None, alias="from", description="Refused at or after this RFC 3339 time.")
    to: Rfc3339 | None = Field(None, description="Refused before this RFC 3339 time.")
    limit: Annotated[int, Field(ge=1, le=100)] = Field(20, description="Letters of a page.")
    cursor: str | None = Field(None, max_length=400, description="`next_cursor` of the page before.")

    def name(self, client_id: str) -> str:
        """What a cursor is bound to: the client and every filter, not the page size."""
        times = [moment and moment.astimezone(UTC).isoformat() for moment in (self.from_, self.to)]
        return filters_name(client_id, ["dlq", self.code, times])


class RefusedRecord(msgspec.Struct, frozen=True):
    """Where the refused record lies, or lay: Kafka keeps requests for seven days."""

    topic: str | None
    partition: int | None
    offset: int | None


class DeadLetter(msgspec.Struct, frozen=True):
    """A refused request. `letter` is its place, PARTITION/OFFSET, as `flowserve dlq` takes it.

    `attempts` counts how often the record was tried, `payload_kept` is false where its bytes may hold a card
    number or were too large, `redriven_at` is null unless it was put back.
    """

    letter: str
    source: RefusedRecord
    stage: str
    code: str
    message: str
    attempts: int
    payload_kept: bool
    failed_at: Any
    redriven_at: Any


class DeadLetterPage(msgspec.Struct, frozen=True):
    """Newest first."""

    data: list[DeadLetter]
    has_more: bool
    next_cursor: str | None


def dead_letters_statement(
    client_id: str, query: DeadLettersQuery, after: RowPlace | None, rows: int
) -> tuple[str, list[Any]]:
    """The SQL text and its parameters: `rows` letters after a place, newest first."""
    where = Where()
    where.add("d.client_id = ? and d.topic = ?", client_id, DEAD_LETTERS)
    if query.code is not None:
        where.add("d.error_code = ?", query.code)
    if query.from_ is not None:
        where.add("d.failed_at >= ?", query.from_)
    if query.to is not None:
        where.add("d.failed_at < ?", query.to)
    if after is not None:
        where.add('(d.failed_at, d.partition, d."offset") < (?, ?, ?)', after.received_at(), after.p, after.o)
    return where.page(statements.DEAD_LETTER_ROWS, statements.NEWEST_LETTER_FIRST, rows)


def dead_letter(row: asyncpg.Record) -> DeadLetter:
    """From a row of `statements.DEAD_LETTER_ROWS`."""
    return DeadLetter(
        f"{row['partition']}/{row['offset']}",
        RefusedRecord(row["source_topic"], row["source_partition"], row["source_offset"]),
        row["stage"],
        row["error_code"],
        row["error_message"],
        row["attempts"],
        row["payload_kept"],
        row["failed_at"],
        row["redriven_at"],
    )
