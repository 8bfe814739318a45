"""/logs over the rows of one replay: which filters make sense there, and the statement of one page."""

from typing import Any

from ingest_api import statements
from ingest_api.cursor import RowPlace
from ingest_api.filters import LogQuery
from ingest_api.where import Where
from schemas.problems import FieldError, Refusal

_EQUAL = ("customer_id", "terminal_id", "transaction_id", "decision")
_MEANINGLESS = {
    "source": "With run_id every row comes from the replay: leave out this filter.",
    "model_version": "A run has one model, which GET /api/v1/replays names: leave out this filter.",
}


def check_run_filters(query: LogQuery) -> None:
    """Raises Refusal naming every filter that says nothing about the rows of a run."""
    errors = [
        FieldError(f"/{name}", detail)
        for name, detail in _MEANINGLESS.items()
        if getattr(query, name) is not None
    ]
    if query.status == "pending":
        errors.append(FieldError("/status", "A row of a run is decided: scored, duplicate or rejected."))
    if errors:
        raise Refusal("invalid_field", errors=tuple(errors))


def run_log_statement(
    client_id: str, query: LogQuery, after: RowPlace | None, rows: int
) -> tuple[str, list[Any]]:
    """The SQL text and its parameters: `rows` rows below a place, the last place first."""
    where = Where()
    where.add("p.run_id = ? and p.client_id = ?", query.run_id, client_id)
    for name in _EQUAL:
        value = getattr(query, name)
        if value is not None:
            where.add(f"p.{name} = ?", value)
    if query.status is not None:
        where.add("p.status = ?", query.status)
    elif not query.include_duplicates:
        where.add("p.status <> 'duplicate'")
    if query.from_ is not None:
        where.add("p.occurred_at >= ?", query.from_)
    if query.to is not None:
        where.add("p.occurred_at < ?", query.to)
    if after is not None:
        where.add("p.place < ?", after.o)
    return where.page(statements.RUN_LOG_ROWS, statements.NEWEST_PLACE_FIRST, rows)
