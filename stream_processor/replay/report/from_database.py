"""Reads scored rows from PostgreSQL: those of a stored run, or the live ones with the latest reports."""

import json
from datetime import UTC, datetime

import asyncpg
import msgspec
import pyarrow as pa

from flowserve_ml.currency import BASE_CURRENCY
from flowserve_ml.features.definitions import FEATURES
from schemas.outcomes import Prediction, Rejected, outcome_decoder
from schemas.topics import REQUESTS
from stream_processor.provision.connection import Connection
from stream_processor.replay.report.scored import (
    COLUMNS,
    HELD,
    Info,
    ReportError,
    ScoredTable,
    frame,
    info_of,
)

_ROWS_AT_ONCE = 10_000
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

_RUN = "select state, plan, done, transactions from replays where run_id = $1 and client_id = $2"
_RUNS = "select run_id from replays where client_id = $1 order by started_at desc limit 5"
_RUN_ROWS = """
select input_row as "row", transaction_id, customer_id, terminal_id, occurred_at, status, is_fraud, body
from replay_predictions where run_id = $1 order by input_row
"""

# A request arrives at most 40 days after it occurred and 5 minutes before: that bounds the days to look at.
# The last report on the log counts, as it does for the scorer.
_LIVE_ROWS = """
select row_number() over (order by p.received_at, p.source_partition, p.source_offset) as "row",
    p.transaction_id, p.customer_id, p.terminal_id, p.occurred_at, p.status, f.is_fraud, p.body
from predictions p
left join (
    select distinct on (prediction_id, partition) prediction_id, partition, is_fraud
    from feedback where client_id = $1
    order by prediction_id, partition, "offset" desc
) f on f.prediction_id = p.prediction_id and f.partition = p.source_partition
where p.client_id = $1 and p.source_topic = $2
    and coalesce(p.occurred_at, p.received_at) >= $3 and coalesce(p.occurred_at, p.received_at) < $4
    and p.day between ($3::timestamptz at time zone 'UTC')::date - 1
        and ($4::timestamptz at time zone 'UTC')::date + 41
order by p.received_at, p.source_partition, p.source_offset
"""


async def read_run(connection: Connection, client_id: str, run_id: str) -> ScoredTable:
    """A stored run, in the order of its input; one that is not finished says so. Raises ReportError."""
    found = await connection.fetchrow(_RUN, run_id, client_id)
    if found is None:
        known = [row["run_id"] for row in await connection.fetch(_RUNS, client_id)]
        there = f"the newest are {', '.join(known)}" if known else "it has none"
        raise ReportError(f"client {client_id} has no run {run_id}; {there}")
    partial = None
    if found["state"] != "finished":
        partial = f"the run is {found['state']}: {found['done']} of {found['transactions']} transactions"
    rows = await _rows(connection, _RUN_ROWS, run_id)
    if not len(rows):
        raise ReportError(f"run {run_id} holds no rows yet")
    info = info_of({**json.loads(found["plan"]), "run_id": run_id}, partial)
    return rows.scored(f"run:{run_id}", info)


async def read_live(
    connection: Connection, client_id: str, first: datetime | None, end: datetime | None
) -> ScoredTable:
    """What the live scorer decided on transactions that occurred in [first, end), in the order of arrival.

    Raises ReportError where there are none. The thresholds of then are not stored, the decisions are.
    """
    rows = await _rows(connection, _LIVE_ROWS, client_id, REQUESTS, first or _EARLIEST, end or _LATEST)
    if not len(rows):
        raise ReportError(f"live: no transaction of client {client_id} occurred in the range asked for")
    models = ", ".join(sorted(rows.models)) or "none"
    return rows.scored("live", Info("live rows", client_id, models, BASE_CURRENCY))


class _Rows:
    """Rows of the database, gathered part by part as columns."""

    def __init__(self) -> None:
        self.models: set[str] = set()
        self._parts: list[pa.Table] = []

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def scored(self, name: str, info: Info) -> ScoredTable:
        """All parts together."""
        whole = pa.concat_tables(self._parts)
        return ScoredTable(name, frame(whole.select(HELD)), lambda feature: whole[feature].to_numpy(), info)

    def add(self, records: list[asyncpg.Record]) -> None:
        """Decodes the outcome of each."""
        rows = [self._row(record) for record in records]
        columns = [
            pa.array(column, kind)
            for column, kind in zip(zip(*rows, strict=True), _schema().types, strict=True)
        ]
        self._parts.append(pa.table(columns, schema=_schema()))

    def _row(self, record: asyncpg.Record) -> tuple[object, ...]:
        outcome = outcome_decoder.decode(record["body"])
        known = (
            record["row"],
            record["transaction_id"],
            record["customer_id"],
            record["terminal_id"],
            record["occurred_at"],
            record["status"],
        )
        if not isinstance(outcome, Prediction):
            problem = _sentence(outcome) if isinstance(outcome, Rejected) else None
            return *known, None, None, None, problem, record["is_fraud"], False, *(None,) * len(FEATURES)
        self.models.add(f"{outcome.model.name} {outcome.model.version}")
        reasons = ";".join(reason.code for reason in outcome.reasons) or None
        decided = (outcome.score, outcome.decision, reasons, None, record["is_fraud"], outcome.late)
        return *known, *decided, *(outcome.features.get(name) for name in FEATURES)


async def _rows(connection: Connection, statement: str, *values: object) -> _Rows:
    gathered = _Rows()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cursor = await connection.cursor(statement, *values)
        while records := await cursor.fetch(_ROWS_AT_ONCE):
            try:
                gathered.add(records)
            except msgspec.DecodeError as error:
                raise ReportError(f"a stored outcome cannot be read: {error}") from None
    return gathered


def _schema() -> pa.Schema:
    return pa.schema(list(COLUMNS.items()))


def _sentence(outcome: Rejected) -> str:
    problem = outcome.problem
    return f"{problem.code}: {'; '.join(error.detail for error in problem.errors) or problem.detail}"
