"""The rows of one customer in PostgreSQL: counted, deleted in one transaction, and the trail of it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from cli.audit import note
from stream_processor.provision.connection import Connection

Counts = dict[str, int]

_OURS = "client_id = $1 and customer_id = $2"
_SAME_PLACE = (
    "{0}.day = {1}.day and {0}.source_topic = {1}.source_topic "
    "and {0}.source_partition = {1}.source_partition and {0}.source_offset = {1}.source_offset"
)
_RUNS = "run_id in (select run_id from replays where client_id = $1)"

# A dead letter names its request by place only; the notes of redrives name their letter by place.
_COUNT = f"""
with asked as materialized (
    select source_topic, source_partition, source_offset from requests where {_OURS}
),
letters as materialized (
    select d.topic, d.partition, d."offset" from dead_letters d
    join asked using (source_topic, source_partition, source_offset)
)
select (select count(*) from asked) as requests,
    (select count(*) from predictions where {_OURS}) as predictions,
    (select count(*) from feedback where {_OURS}) as feedback,
    (select count(*) from letters) as dead_letters,
    (select count(*) from redrives r join letters l on r.topic = l.topic and r.partition = l.partition
        and r.letter_offset = l."offset") as redrives,
    (select count(*) from replay_predictions where {_RUNS} and customer_id = $2) as replay_predictions
"""  # noqa: S608 - our own text only

# Outcomes of refused requests do not name the customer, but lie at the place of a request that does.
_DELETE = f"""
with asked as (
    delete from requests where {_OURS} and received_at <= $3
    returning day, source_topic, source_partition, source_offset
),
decided as (
    delete from predictions p using asked a where {_SAME_PLACE.format("p", "a")} returning 1
),
letters as (
    delete from dead_letters d using asked a
    where d.source_topic = a.source_topic and d.source_partition = a.source_partition
        and d.source_offset = a.source_offset
    returning d.topic, d.partition, d."offset"
),
notes as (
    delete from redrives r using letters l
    where r.topic = l.topic and r.partition = l.partition and r.letter_offset = l."offset" returning 1
)
select (select count(*) from asked) as requests, (select count(*) from decided) as predictions,
    (select count(*) from letters) as dead_letters, (select count(*) from notes) as redrives
"""  # noqa: S608 - our own text only
# Where the request had expired before the sink could store it there is only the outcome.
_DELETE_ALONE = f"delete from predictions where {_OURS} and received_at <= $3"  # noqa: S608
_DELETE_REPORTS = f"delete from feedback where {_OURS} and reported_at <= $3"  # noqa: S608
_DELETE_REPLAYED = f"delete from replay_predictions where {_RUNS} and customer_id = $2"  # noqa: S608
_KNOWN = "select exists (select from requests where client_id = $1)"
_RUNNING = "select run_id from replays where client_id = $1 and state = 'running' order by run_id"


@dataclass(frozen=True)
class Subject:
    """How the audit trail names the customer: an HMAC whose key stands on the receipt and nowhere else.

    The trail is kept for ever. Without the receipt it says nothing of anybody; with receipt and id it proves.
    """

    key: str
    name: str


def subject_of(client: str, customer: str) -> Subject:
    """Another name every time."""
    key = secrets.token_hex(32)
    digest = hmac.new(bytes.fromhex(key), f"{client}\0{customer}".encode(), hashlib.sha256).hexdigest()
    return Subject(key, f"hmac-sha256:{digest}")


async def has_rows(connection: Connection, client: str) -> bool:
    """Whether anybody asked under this name, listed or not."""
    return bool(await connection.fetchval(_KNOWN, client))


async def count_rows(connection: Connection, client: str, customer: str) -> Counts:
    """What is stored of the customer now, by table; outcomes of refused requests are not counted."""
    row = await connection.fetchrow(_COUNT, client, customer)
    return {} if row is None else dict(row)


async def running_replays(connection: Connection, client: str) -> list[str]:
    """Runs of the client that may store rows yet."""
    return [row["run_id"] for row in await connection.fetch(_RUNNING, client)]


async def delete_rows(
    connection: Connection, client: str, customer: str, until: datetime, subject: Subject, place: str
) -> Counts:
    """Deletes what arrived until then, and notes it in the trail, in one transaction; rows by table.

    `place` is that of the record that asked for it. Raises PostgreSQL's errors.
    """
    async with connection.transaction():
        row = await connection.fetchrow(_DELETE, client, customer, until)
        gone: Counts = {} if row is None else dict(row)
        gone["predictions"] += _counted(await connection.execute(_DELETE_ALONE, client, customer, until))
        gone["feedback"] = _counted(await connection.execute(_DELETE_REPORTS, client, customer, until))
        gone["replay_predictions"] = _counted(await connection.execute(_DELETE_REPLAYED, client, customer))
        told = {"client_id": client, "record": place, "rows": gone}
        await note(connection, "erasure.done", subject.name, told)
    return gone


def _counted(answer: str) -> int:
    return int(answer.rpartition(" ")[2])
