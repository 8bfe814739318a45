"""The statement of one page of /logs."""

from datetime import UTC
from typing import Any

from ingest_api import statements
from ingest_api.cursor import RowPlace
from ingest_api.filters import LogQuery
from ingest_api.where import Where
from schemas.topics import REQUESTS

_EQUAL = {
    "customer_id": "r.customer_id = ",
    "terminal_id": "r.terminal_id = ",
    "transaction_id": "r.transaction_id = ",
    "source": "r.source = ",
    "decision": "p.decision = ",
    "model_version": "p.model_version = ",
}


def log_statement(
    client_id: str, query: LogQuery, after: RowPlace | None, rows: int
) -> tuple[str, list[Any]]:
    """The SQL text and its parameters: `rows` rows after a place, newest first."""
    where = Where()
    where.add("r.client_id = ? and r.source_topic = ?", client_id, REQUESTS)
    for name, condition in _EQUAL.items():
        value = getattr(query, name)
        if value is not None:
            where.add(condition + "?", value)
    _add_status(where, query)
    _add_times(where, query, after)
    return where.page(statements.LOG_ROWS, statements.NEWEST_FIRST, rows)


def _add_status(where: Where, query: LogQuery) -> None:
    if query.status == "pending":
        where.add("p.status is null")
    elif query.status is not None:
        where.add("p.status = ?", query.status)
    elif not query.include_duplicates:
        where.add("p.status is distinct from 'duplicate'")


def _add_times(where: Where, query: LogQuery, after: RowPlace | None) -> None:
    if query.from_ is not None:
        moment = query.from_.astimezone(UTC)
        where.add("r.received_at >= ? and r.day >= ?", moment, moment.date())
    if query.to is not None:
        moment = query.to.astimezone(UTC)
        where.add("r.received_at < ? and r.day <= ?", moment, moment.date())
    if after is not None:
        moment = after.received_at()
        where.add(
            "(r.received_at, r.source_partition, r.source_offset) < (?, ?, ?)", moment, after.p, after.o
        )
        where.add("r.day <= ?", moment.date())
