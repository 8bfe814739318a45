"""Each role does its work and nothing else; a connection is encrypted and goes to the certified server."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from cli.erase_rows import count_rows, delete_rows, running_replays, subject_of
from cli.model_note import note_change
from schemas.database_roles import ERASER, GRANTS, OPERATOR, READER, REPLAYER, WRITER
from tests.support.security.certificates import Authority
from tests.support.security.database import OWNER, SecuredPostgres
from tests.support.security.stack import SecuredStack

pytestmark = pytest.mark.usefixtures("stack")

TABLES = (
    "requests",
    "predictions",
    "feedback",
    "dead_letters",
    "redrives",
    "sink_offsets",
    "api_keys",
    "replays",
    "replay_predictions",
    "audit",
    "schema_migrations",
)
ACTS = {
    "select": "select * from {table} limit 1",
    "insert": "insert into {table} default values",
    "delete": "delete from {table}",
    "truncate": "truncate {table}",
    "drop": "drop table {table}",
    "index": "create index on {table} ((1))",
}
# (role, table, act) of what a role may do with whole tables; everything else is tried and must be refused.
ALLOWED = {
    *((WRITER, table, "insert") for table in TABLES[:6]),
    (WRITER, "sink_offsets", "select"),
    *((READER, table, "select") for table in TABLES[:9]),
    (READER, "schema_migrations", "select"),
    (OPERATOR, "api_keys", "select"),
    (OPERATOR, "api_keys", "insert"),
    *((OPERATOR, "audit", act) for act in ("select", "insert")),
    *((OPERATOR, table, "select") for table in ("dead_letters", "redrives", "replays")),
    *((REPLAYER, table, "select") for table in ("requests", "predictions", "feedback")),
    *((ERASER, table, "delete") for table in (*TABLES[:5], "replay_predictions")),
    *((ERASER, *right) for right in (("sink_offsets", "select"), ("audit", "insert"))),
    *((REPLAYER, table, act) for table in ("replays", "replay_predictions") for act in ("select", "insert")),
}


@pytest.mark.parametrize("role", GRANTS)
async def test_a_role_is_refused_all_that_is_not_its_work(postgres: SecuredPostgres, role: str) -> None:
    async with postgres.session(role) as connection:
        for table in TABLES:
            for act, statement in ACTS.items():
                if (role, table, act) not in ALLOWED:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await connection.execute(statement.format(table=table))
        for statement in ("create table mine ()", "create role mine", "create schema mine"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_the_writer_sees_no_transaction_and_no_answer(postgres: SecuredPostgres) -> None:
    async with postgres.session(WRITER) as connection:
        await connection.fetch("select day, source_offset from predictions limit 1")
        for column in ("body", "score", "customer_id"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select {column} from predictions limit 1")  # noqa: S608
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("update predictions set score = 0")


async def test_the_operator_revokes_a_key_and_can_make_no_other_change_to_it(
    stack: SecuredStack, postgres: SecuredPostgres
) -> None:
    stack.keys("create", "--client", "default", "--name", "short-lived", "--scopes", "read")
    (key,) = (each for each in json.loads(stack.keys("list", "--json")) if each["name"] == "short-lived")
    async with postgres.session(OPERATOR) as connection:
        for change in ("scopes = '{admin}'", "client_id = 'other'", "expires_at = null", "key_hash = ''"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"update api_keys set {change}")  # noqa: S608
    stack.keys("revoke", key["key_id"])
    async with postgres.session(OPERATOR) as connection:
        trail = await connection.fetch("select * from audit where subject = $1 order by id", key["key_id"])
    assert [entry["action"] for entry in trail] == ["key.create", "key.revoke"]
    assert {entry["who"] for entry in trail} == {"flowserve_operator_login"}
    assert all(entry["at"] is not None and str(entry["address"]) == "127.0.0.1" for entry in trail)
    assert json.loads(trail[0]["details"])["scopes"] == ["read"]


@pytest.mark.parametrize("role", [OWNER, OPERATOR])
@pytest.mark.parametrize("change", ["update audit set who = 'nobody'", "delete from audit", "truncate audit"])
async def test_nobody_changes_the_audit_trail(postgres: SecuredPostgres, role: str, change: str) -> None:
    async with postgres.session(role) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(change)


async def test_an_operator_cannot_write_under_another_name(postgres: SecuredPostgres) -> None:
    async with postgres.session(OPERATOR) as connection:
        forged = "insert into audit (who, action, subject) values ('somebody', 'key.create', 'k')"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forged)
        await connection.execute("insert into audit (action, subject) values ('test.act', 'k')")
        written = await connection.fetchval("select who from audit where action = 'test.act'")
    assert written == "flowserve_operator_login"


async def test_an_operators_change_of_the_model_in_use_is_noted(
    postgres: SecuredPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in postgres.environment(OPERATOR).items():
        monkeypatch.setenv(name, value)
    assert await note_change("swap", "2026.12.1", "2026.11.4")
    async with postgres.session(OPERATOR) as connection:
        entry = await connection.fetchrow("select * from audit where action = 'model.swap'")
    assert entry is not None
    assert (entry["who"], entry["subject"]) == ("flowserve_operator_login", "2026.12.1")
    assert json.loads(entry["details"]) == {"before": "2026.11.4"}


async def test_a_run_of_the_replayer_is_stored(
    stack: SecuredStack, postgres: SecuredPostgres, tmp_path: Path
) -> None:
    history = tmp_path / "history.jsonl"
    line = {"transaction_id": "t-1", "customer_id": "c", "terminal_id": "t", "amount": 100, "currency": "EUR"}
    history.write_text(json.dumps({**line, "occurred_at": "2026-11-01T12:00:00Z"}) + "\n")
    command = [sys.executable, "-m", "cli", "replay", str(history), "--store", "--run-id", "secured"]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env={**stack.environment, **postgres.environment(REPLAYER)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    async with postgres.session(REPLAYER) as connection:
        state = await connection.fetchval("select state from replays where run_id = 'secured'")
    assert state == "finished"


async def test_the_eraser_s_rights_are_enough_and_show_no_transaction(
    stack: SecuredStack, postgres: SecuredPostgres
) -> None:
    async with postgres.session(ERASER) as connection:
        assert set((await count_rows(connection, "default", "nobody")).values()) == {0}
        subject = subject_of("default", "nobody")
        gone = await delete_rows(connection, "default", "nobody", datetime.now(UTC), subject, "feedback 0/0")
        assert set(gone.values()) == {0}
        assert await running_replays(connection, "default") == []
        for column in ("amount", "terminal_id", "transaction_id"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select {column} from requests limit 1")  # noqa: S608
    async with postgres.session(OPERATOR) as connection:
        assert await connection.fetchval("select action from audit where subject = $1", subject.name)


async def _connects(environment: Mapping[str, str]) -> str:
    """What `flowserve keys list` says of it: asyncpg reads the PG* variables itself."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "cli", "keys", "list"],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return "yes" if done.returncode == 0 else done.stderr


async def test_only_an_encrypted_connection_to_the_named_and_certified_server_is_made(
    stack: SecuredStack, postgres: SecuredPostgres, tmp_path: Path
) -> None:
    if not postgres.tls:
        pytest.skip("there is no PostgreSQL with TLS here: install Debian's postgresql")
    good = stack.environment
    foreign = Authority(tmp_path / "foreign").ca_file
    assert await _connects(good) == "yes"
    assert "no encryption" in await _connects({**good, "PGSSLMODE": "disable"})
    assert "certificate" in await _connects({**good, "PGHOST": "127.0.0.1"})
    assert "certificate" in await _connects({**good, "PGSSLROOTCERT": str(foreign)})
    assert "password" in await _connects({**good, "PGPASSWORD": "guess"})
    async with postgres.session(READER) as connection:
        assert await connection.fetchval("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
