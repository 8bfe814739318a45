"""PostgreSQL for the API: a bounded pool that may be down, and the readings that the routes need."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from ingest_api import statements
from ingest_api.cursor import (
    RowPlace,
    decode_cursor,
    decode_run_cursor,
    encode_cursor,
    encode_run_cursor,
    filters_name,
)
from ingest_api.dead_letters import DeadLettersQuery, dead_letters_statement
from ingest_api.filters import LogQuery, ReplaysQuery
from ingest_api.keys import ApiKey
from ingest_api.log_statement import log_statement
from ingest_api.replays import check_run_id, unknown_run
from ingest_api.run_log import check_run_filters, run_log_statement
from ingest_api.settings import ApiSettings
from schemas.problems import Refusal
from schemas.topics import REQUESTS

logger = logging.getLogger(__name__)

_CLOSE_SECONDS = 3.0
_EXPORT_ROWS = 500

# What says "not now" rather than "this statement is wrong"; an unknown table means not provisioned yet.
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # its pool's word for a connection that was cut just now
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,  # a deadlock, of which the reader was the victim
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresSystemError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.UndefinedTableError,
)

Row = asyncpg.Record


class Store:
    """Every reading raises Refusal store_unavailable where the database does not answer in time."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._pool: asyncpg.Pool[Row] | None = None

    async def open(self) -> None:
        """Makes the pool; it connects to nothing yet, so the database may be down."""
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self._settings.pool_size,
            timeout=self._settings.connect_seconds,
            command_timeout=self._settings.statement_seconds,
            server_settings={
                "application_name": "flowserve-api",
                "statement_timeout": str(int(self._settings.statement_seconds * 1_000)),
                "timezone": "UTC",
            },
        )

    async def close(self) -> None:
        """Closes the pool, by force where it does not close by itself."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    async def api_keys(self) -> list[ApiKey]:
        """All live keys."""
        rows = await self._rows(statements.API_KEYS)
        return [
            ApiKey(
                row["key_id"], row["client_id"], row["key_hash"], frozenset(row["scopes"]), row["expires_at"]
            )
            for row in rows
        ]

    async def request(self, client_id: str, request_id: UUID) -> Row | None:
        """Status and body of one request's outcome; both are None while it is pending."""
        return await self._row(statements.REQUEST, client_id, request_id)

    async def request_outcomes(self, asked: Sequence[tuple[str, UUID]]) -> dict[tuple[str, UUID], Row]:
        """The same for many (client, request id) pairs at once; what is not stored is not there."""
        clients, numbers = [client for client, _ in asked], [number for _, number in asked]
        rows = await self._rows(statements.REQUEST_OUTCOMES, clients, numbers)
        return {(row["client_id"], row["request_id"]): row for row in rows}

    async def prediction(self, client_id: str, prediction_id: UUID) -> bytes | None:
        """A prediction exactly as it was answered."""
        row = await self._row(statements.PREDICTION, client_id, prediction_id)
        return row["body"].encode() if row is not None else None

    async def log_page(self, client_id: str, query: LogQuery) -> tuple[list[Row], str | None]:
        """One page, and the cursor of the next one where there is one. Refusal not_found: unknown run."""
        await self._check_run(client_id, query)
        filters = query.name(client_id)
        after = decode_cursor(query.cursor, filters) if query.cursor else None
        rows = await self._log_rows(client_id, query, after, query.limit + 1)
        if len(rows) <= query.limit:
            return rows, None
        last = rows[query.limit - 1]
        place = (last["received_at"], last["source_partition"], last["source_offset"])
        return rows[: query.limit], encode_cursor(*place, filters)

    async def log_pages(self, client_id: str, query: LogQuery) -> AsyncIterator[list[Row]]:
        """All matching rows, some hundred at a time.

        Page by page rather than one open cursor: a reader that is slow holds neither a connection nor a
        transaction, and no more than one page is in memory.
        """
        await self._check_run(client_id, query)
        filters = query.name(client_id)
        after = decode_cursor(query.cursor, filters) if query.cursor else None
        while True:
            rows = await self._log_rows(client_id, query, after, _EXPORT_ROWS)
            if rows:
                yield rows
            if len(rows) < _EXPORT_ROWS:
                return
            after = RowPlace.of(
                rows[-1]["received_at"], rows[-1]["source_partition"], rows[-1]["source_offset"], filters
            )

    async def replay(self, client_id: str, run_id: str) -> Row:
        """One run. Raises Refusal not_found where the client has none of this id."""
        check_run_id(run_id)
        row = await self._row(statements.REPLAY, client_id, run_id)
        if row is None:
            raise unknown_run()
        return row

    async def comparison(self, client_id: str, run_id: str) -> list[Row]:
        """The rows of `statements.COMPARISON`. Raises Refusal not_found as `replay` does."""
        await self.replay(client_id, run_id)
        return await self._rows(statements.COMPARISON, client_id, run_id)

    async def replay_page(self, client_id: str, query: ReplaysQuery) -> tuple[list[Row], str | None]:
        """One page of runs, and the cursor of the next one where there is one."""
        filters = filters_name(client_id, "replays")
        after = decode_run_cursor(query.cursor, filters) if query.cursor else None
        place = (after.started_at(), after.r) if after else (None, None)
        rows = await self._rows(statements.REPLAYS, client_id, *place, query.limit + 1)
        if len(rows) <= query.limit:
            return rows, None
        last = rows[query.limit - 1]
        return rows[: query.limit], encode_run_cursor(last["started_at"], last["run_id"], filters)

    async def dead_letter_page(self, client_id: str, query: DeadLettersQuery) -> tuple[list[Row], str | None]:
        """One page of dead letters, and the cursor of the next one where there is one."""
        filters = query.name(client_id)
        after = decode_cursor(query.cursor, filters) if query.cursor else None
        text, values = dead_letters_statement(client_id, query, after, query.limit + 1)
        rows = await self._rows(text, *values)
        if len(rows) <= query.limit:
            return rows, None
        last = rows[query.limit - 1]
        return rows[: query.limit], encode_cursor(
            last["failed_at"], last["partition"], last["offset"], filters
        )

    async def metrics(self, client_id: str, window: timedelta) -> Row:
        """The one row of `statements.METRICS`."""
        return (await self._rows(statements.METRICS, client_id, window, REQUESTS))[0]

    async def series(self, client_id: str, window: timedelta, step_seconds: int) -> list[Row]:
        """The rows of `statements.SERIES`, oldest first; steps without a row are left out."""
        return await self._rows(statements.SERIES, client_id, window, REQUESTS, step_seconds)

    async def flagged(self, client_id: str, window: timedelta, limit: int) -> list[Row]:
        """What was reviewed or declined within the window, newest first."""
        return await self._rows(statements.FLAGGED, client_id, window, REQUESTS, limit)

    async def trace(self, client_id: str, request_id: UUID) -> Row | None:
        """One request with the times and the place of its way."""
        return await self._row(statements.TRACE, client_id, request_id)

    async def stored_offsets(self) -> dict[int, int]:
        """The next offset of the requests that the sink has not stored yet, by partition."""
        rows = await self._rows(statements.STORED_OFFSETS, REQUESTS)
        return {row["partition"]: row["next_offset"] for row in rows}

    async def model(self, client_id: str) -> Row | None:
        """The newest scored outcome, and what was scored in the last hour by model version."""
        return await self._row(statements.MODEL, client_id, REQUESTS)

    async def newest_scored(self, client_id: str, version: str, most: int) -> list[str]:
        """Bodies of what this version of the model scored in the last hour, the newest first."""
        rows = await self._rows(statements.FEATURES, client_id, REQUESTS, version, most)
        return [row["body"] for row in rows]

    async def _check_run(self, client_id: str, query: LogQuery) -> None:
        if query.run_id is not None:
            check_run_filters(query)
            await self.replay(client_id, query.run_id)

    async def _log_rows(
        self, client_id: str, query: LogQuery, after: RowPlace | None, rows: int
    ) -> list[Row]:
        statement = log_statement if query.run_id is None else run_log_statement
        text, values = statement(client_id, query, after, rows)
        return await self._rows(text, *values)

    async def _row(self, statement: str, *values: object) -> Row | None:
        rows = await self._rows(statement, *values)
        return rows[0] if rows else None

    async def _rows(self, statement: str, *values: object) -> list[Row]:
        if self._pool is None:
            raise Refusal("store_unavailable", "The service is starting or stopping.")
        try:
            async with self._pool.acquire(timeout=self._settings.pool_wait_seconds) as connection:
                rows: list[Row] = await connection.fetch(statement, *values)
                return rows
        except _UNAVAILABLE as error:
            logger.warning("the database does not answer: %s", type(error).__name__)
            detail = "Predictions are not affected; what is stored can be read again soon."
            raise Refusal("store_unavailable", detail) from None
