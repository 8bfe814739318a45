"""Rows as the sink and a replay store them, with little in them."""

from datetime import datetime

from schemas.topics import DEAD_LETTERS, FEEDBACK, REQUESTS
from stream_processor.provision.connection import Connection

_REQUEST = """
insert into requests (day, source_topic, source_partition, source_offset, client_id, request_id, source,
    customer_id, received_at)
values (($4::timestamptz at time zone 'UTC')::date, $5, 0, $1, $2, gen_random_uuid(), 'rest', $3, $4)
"""
_PREDICTION = """
insert into predictions (day, source_topic, source_partition, source_offset, client_id, request_id, source,
    status, customer_id, received_at, decided_at, body)
values (($4::timestamptz at time zone 'UTC')::date, $5, 0, $1, $2, gen_random_uuid(), 'rest',
    $6, $3, $4, $4, '{}')
"""
_LETTER = """
insert into dead_letters (topic, partition, "offset", source_topic, source_partition, source_offset,
    client_id, stage, error_code, error_message, failed_at)
values ($1, 0, $2, $3, 0, $4, 'default', 'validate', 'time_out_of_range', '', $5)
"""
_NOTE = """
insert into redrives (topic, partition, "offset", letter_offset, redriven_at) values ($1, 0, $2, $3, $4)
"""
_REPORT = """
insert into feedback (topic, partition, "offset", client_id, prediction_id, transaction_id, customer_id,
    is_fraud, reported_at)
values ($1, 0, $2, $3, gen_random_uuid(), 'tx', $4, true, $5)
"""
_RUN = """
insert into replays (run_id, client_id, source, model_version, state, plan, transactions, updated_at)
values ($1, $2, 'file', 'm', $3, '{}', 1, $4)
"""
_RUN_ROW = """
insert into replay_predictions (run_id, place, client_id, input_row, request_id, customer_id, status, body)
values ($1, $2, $3, 1, gen_random_uuid(), $4, 'scored', '{}')
"""


async def decided(
    connection: Connection,
    offset: int,
    at: datetime,
    customer: str | None = "c-1",
    client: str = "default",
    status: str = "scored",
) -> None:
    """A request and its outcome; an outcome that is rejected does not name the customer."""
    await connection.execute(_REQUEST, offset, client, customer, at, REQUESTS)
    named = None if status == "rejected" else customer
    await connection.execute(_PREDICTION, offset, client, named, at, REQUESTS, status)


async def letter(connection: Connection, offset: int, source_offset: int, at: datetime) -> None:
    """The dead letter of a request, and the note that it was put back."""
    await connection.execute(_LETTER, DEAD_LETTERS, offset, REQUESTS, source_offset, at)
    await connection.execute(_NOTE, DEAD_LETTERS, offset + 1, offset, at)


async def report(
    connection: Connection, offset: int, at: datetime, customer: str = "c-1", client: str = "default"
) -> None:
    await connection.execute(_REPORT, FEEDBACK, offset, client, customer, at)


async def replay(
    connection: Connection, run_id: str, customers: list[str], at: datetime, state: str = "finished"
) -> None:
    """A run with one row for each customer."""
    await connection.execute(_RUN, run_id, "default", state, at)
    for place, customer in enumerate(customers, start=1):
        await connection.execute(_RUN_ROW, run_id, place, "default", customer)
