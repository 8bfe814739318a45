"""The stored rows of one client as history, with the reports about them."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from schemas.topics import REQUESTS
from schemas.transaction import Transaction
from stream_processor.provision.connection import Connection
from stream_processor.replay.assemble import Report, assemble
from stream_processor.replay.history import History

_FETCH_ROWS = 10_000

# What the scorer refused then is no transaction; a repeat is, and is found out again.
_ASKED = """
select r.transaction_id, r.customer_id, r.terminal_id, r.amount, r.currency, r.occurred_at
from requests r left join predictions p
    using (day, source_topic, source_partition, source_offset)
where r.client_id = $1 and r.source_topic = $2 and r.occurred_at >= $3 and r.occurred_at < $4
    and (p.error_code is null or p.error_code = 'idempotency_conflict')
order by r.occurred_at, r.received_at, r.source_partition, r.source_offset
"""
_REPORTS = """
select customer_id, transaction_id, extract(epoch from reported_at)::float8, is_fraud
from feedback where client_id = $1 order by partition, "offset"
"""
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


async def read_rows(
    connection: Connection,
    client_id: str,
    rates: Mapping[str, float],
    first: datetime | None,
    end: datetime | None,
) -> History:
    """Those with occurred_at in [first, end). Raises what asyncpg raises."""
    asked = []
    digest = hashlib.sha256(client_id.encode())
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = connection.cursor(
            _ASKED, client_id, REQUESTS, first or _EARLIEST, end or _LATEST, prefetch=_FETCH_ROWS
        )
        async for row in rows:
            asked.append(Transaction(*row))
            digest.update(str(tuple(row)).encode())
        reports = [Report(*row) for row in await connection.fetch(_REPORTS, client_id)]
    digest.update(str(reports).encode())
    return assemble("stored rows", client_id, asked, reports, rates, digest.hexdigest())
