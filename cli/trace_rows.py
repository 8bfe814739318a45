"""What PostgreSQL has of a transaction: its requests and their outcomes, found by any of its ids."""

from typing import Any
from uuid import UUID

import asyncpg

_FOUND = """
select r.client_id, r.request_id, r.source, r.transaction_id, r.customer_id, r.source_partition,
    r.source_offset, r.occurred_at, r.received_at, p.status, p.prediction_id, p.decided_at,
    p.stored_at, p.body
from requests r
left join predictions p on p.day = r.day and p.source_topic = r.source_topic
    and p.source_partition = r.source_partition and p.source_offset = r.source_offset
"""
_BY_REQUEST = _FOUND + "where r.request_id = $1 limit $2"
_BY_PREDICTION = _FOUND + "where p.prediction_id = $1 order by r.received_at limit $2"
_BY_TRANSACTION = _FOUND + "where r.transaction_id = $1 order by r.received_at limit $2"
_MOST = 10

Row = asyncpg.Record


async def find_rows(connection: Any, text: str) -> list[Row]:  # noqa: ANN401
    """The records of a request id, a prediction id or a transaction id; the oldest first."""
    try:
        number = UUID(text)
    except ValueError:
        number = None
    found: list[Row] = []
    if number is not None:
        found = await connection.fetch(_BY_REQUEST, number, _MOST)
        found = found or await connection.fetch(_BY_PREDICTION, number, _MOST)
    return found or await connection.fetch(_BY_TRANSACTION, text, _MOST)
