"""The query of /logs: what is asked for, page size and cursor; an unknown parameter is refused."""

from datetime import UTC
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ingest_api.cursor import filters_name
from schemas.outcomes import Decision, Source, Status
from schemas.transaction_model import Rfc3339, SafeId


class LogQuery(BaseModel):
    """All filters narrow; `from` is inclusive and `to` exclusive, both times of arrival.

    With `run_id` the rows are those of a replay, and the two times are those of `occurred_at`. NDJSON ignores
    `limit` and goes on to the end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer_id: SafeId | None = Field(None, description="Only this customer.")
    terminal_id: SafeId | None = Field(None, description="Only this terminal.")
    transaction_id: SafeId | None = Field(None, description="Only this transaction.")
    decision: Decision | None = Field(None, description="Only this decision.")
    source: Source | None = Field(None, description="Only this door.")
    status: Literal["pending", Status] | None = Field(
        None, description="Only this outcome; `duplicate` shows duplicates."
    )
    model_version: SafeId | None = Field(None, description="Only what this version of the model scored.")
    from_: Rfc3339 | None = Field(None, alias="from", description="Received at or after this RFC 3339 time.")
    to: Rfc3339 | None = Field(None, description="Received before this RFC 3339 time.")
    run_id: SafeId | None = Field(None, description="The rows of this replay in place of the live ones.")
    include_duplicates: bool = Field(False, description="Also show repeats of scored transactions.")
    limit: Annotated[int, Field(ge=1, le=100)] = Field(20, description="Rows of a page.")
    cursor: str | None = Field(None, max_length=400, description="`next_cursor` of the page before.")

    def name(self, client_id: str) -> str:
        """What a cursor is bound to: the client and every filter, not the page size."""
        times = [moment and moment.astimezone(UTC).isoformat() for moment in (self.from_, self.to)]
        filters = self.model_dump(exclude={"limit", "cursor", "from_", "to"})
        return filters_name(client_id, [filters, times])


class ReplaysQuery(BaseModel):
    """The query of /api/v1/replays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=100)] = Field(20, description="Runs of a page.")
    cursor: str | None = Field(None, max_length=400, description="`next_cursor` of the page before.")


class StreamQuery(BaseModel):
    """The query of /api/v1/stream."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: Annotated[float, Field(ge=0, le=3_600)] = Field(
        3_600, description="Ends with the first look after so many seconds."
    )


class MetricsQuery(BaseModel):
    """The query of /api/v1/metrics."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: str = Field("1h", max_length=16, description="Seconds, or a number with s, m, h or d: 900, 15m.")
