"""PostgreSQL: reachable, its tables of this version, how far the sink is, its keys, and its clock."""

import time

import asyncpg

from cli.doctor.check import Check
from cli.doctor.kafka import PROVISION
from stream_processor.provision.connection import Connection
from stream_processor.provision.errors import ProvisionError
from stream_processor.provision.migrations import read_migrations, still_needed

REACH = "is it running, and are PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE right?"
_CONNECT_SECONDS = 5
_SKEW_SECONDS = 1.0
_SINK_SECONDS = 60.0
# A request whose outcome is not stored, or one that is newer than all others, says how far the sink is.
_WAITING = """
select count(*) as waiting, coalesce(extract(epoch from now() - min(r.received_at)), 0)::float8 as seconds
from requests r
left join predictions p on p.day = r.day and p.source_topic = r.source_topic
    and p.source_partition = r.source_partition and p.source_offset = r.source_offset
where r.day >= (now() at time zone 'UTC')::date - 1 and p.source_offset is null
"""
_KEYS = """
select count(*) from api_keys where revoked_at is null and (expires_at is null or expires_at > now())
"""


async def look_at_database() -> list[Check]:
    """Raises what asyncpg raises where it does not answer."""
    connection = await asyncpg.connect(timeout=_CONNECT_SECONDS, command_timeout=_CONNECT_SECONDS)
    try:
        version = await connection.fetchval("show server_version")
        checks = [Check("postgresql", "ok", f"answers, version {version}"), await _clock(connection)]
        schema = await _schema(connection)
        checks.append(schema)
        if schema.state == "ok":
            checks += [await _keys(connection), await _waiting(connection)]
        return checks
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)


async def _schema(connection: Connection) -> Check:
    known = read_migrations()
    try:
        applied = await connection.fetch("select version, sha256 from schema_migrations")
        needed = still_needed(known, [(row["version"], row["sha256"]) for row in applied])
    except asyncpg.UndefinedTableError:
        return Check("schema", "bad", "there are no tables yet", PROVISION)
    except ProvisionError as error:
        return Check("schema", "bad", str(error), "run the version of FlowServe that made these tables")
    if needed:
        return Check("schema", "bad", f"version {known[-1].version - len(needed)}", PROVISION)
    return Check("schema", "ok", f"version {known[-1].version}, the newest")


async def _keys(connection: Connection) -> Check:
    count = await connection.fetchval(_KEYS)
    if count:
        return Check("api keys", "ok", f"{count} in force")
    todo = "`flowserve keys create --client NAME --name NAME`"
    return Check("api keys", "look", "none: nobody can use the API", todo)


async def _waiting(connection: Connection) -> Check:
    (row,) = await connection.fetch(_WAITING)
    detail = f"{row['waiting']:,} requests stored without outcome"
    if row["waiting"] and row["seconds"] > _SINK_SECONDS:
        todo = "is a scorer running, and a sink (`python -m stream_processor.sink`)? See their logs"
        return Check("sink lag", "look", f"{detail}, the oldest for {row['seconds']:,.0f} s", todo)
    return Check("sink lag", "ok", detail)


async def _clock(connection: Connection) -> Check:
    before = time.time()
    theirs = await connection.fetchval("select extract(epoch from clock_timestamp())::float8")
    return skew_check("PostgreSQL's", theirs - (before + time.time()) / 2)


def skew_check(whose: str, seconds: float) -> Check:
    """`seconds`: how far another machine's clock is ahead of ours."""
    detail = f"{whose} is {abs(seconds):.2f} s {'ahead of' if seconds > 0 else 'behind'} ours"
    if abs(seconds) <= _SKEW_SECONDS:
        return Check("clock", "ok", detail)
    return Check(
        "clock", "look", detail, "let both machines follow a time server (chrony, systemd-timesyncd)"
    )
