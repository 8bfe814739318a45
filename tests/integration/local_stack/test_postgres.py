"""The real server: what survives, who may come in, what is reported."""

import os
import shutil
import socket
from pathlib import Path

import asyncpg
import pytest

from local_stack.errors import PartFailed
from local_stack.parts import build_postgres, start_postgres
from local_stack.postgres import Postgres


async def write(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute("CREATE TABLE survivor (id int); INSERT INTO survivor VALUES (42)")
    await connection.close()


async def read(postgres: Postgres) -> object:
    connection = await asyncpg.connect(postgres.dsn)
    try:
        return await connection.fetchval("SELECT id FROM survivor")
    finally:
        await connection.close()


async def test_committed_rows_survive_every_way_to_end(postgres: Postgres) -> None:
    await write(postgres)
    for end in (postgres.kill, postgres.stop_immediate, postgres.stop):
        end()
        assert not postgres.alive
        postgres.start()
        assert await read(postgres) == 42


async def test_another_start_on_the_same_folder_finds_port_password_and_rows(
    postgres: Postgres, tmp_path: Path
) -> None:
    await write(postgres)
    postgres.stop()
    again = start_postgres(tmp_path)
    assert again.environment() == postgres.environment()
    assert await read(again) == 42
    again.stop()


async def test_a_wrong_password_is_refused_and_ours_owns_no_superuser_rights(postgres: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.dsn, password="guess")
    connection = await asyncpg.connect(postgres.dsn)
    assert await connection.fetchval("SHOW is_superuser") == "off"
    assert await connection.fetchval("SHOW fsync") == "on"
    await connection.close()


def test_the_database_is_private_and_nobody_elses_permissions_change(tmp_path: Path) -> None:
    before = {parent: parent.stat().st_mode for parent in [tmp_path, *tmp_path.parents]}
    server = start_postgres(tmp_path)
    try:
        assert server.folder.stat().st_mode & 0o777 == 0o700
        assert server.folder.stat().st_uid != 0
        assert {parent: parent.stat().st_mode for parent in before} == before
        password_file = tmp_path / "secrets" / "postgres-password"
        assert password_file.stat().st_mode & 0o777 == 0o600
        assert password_file.stat().st_uid == os.geteuid()
    finally:
        server.erase()
    assert not server.folder.exists()


async def test_two_data_folders_live_side_by_side(postgres: Postgres, tmp_path: Path) -> None:
    other = start_postgres(tmp_path / "other")
    try:
        await write(other)
        assert await read(other) == 42
        with pytest.raises(asyncpg.UndefinedTableError):
            await read(postgres)
    finally:
        other.erase()


def test_a_server_whose_port_is_taken_fails_with_the_end_of_its_log(tmp_path: Path) -> None:
    server = build_postgres(tmp_path)
    try:
        with socket.create_server(("127.0.0.1", server.port)), pytest.raises(PartFailed) as failure:
            server.start()
        assert failure.value.part == "postgres"
        assert any("could not bind" in line for line in failure.value.log_tail)
    finally:
        server.erase()


def test_a_data_folder_removed_by_hand_leaves_no_database_that_nobody_can_open(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = start_postgres(data)
    first.stop()
    shutil.rmtree(data)
    second = start_postgres(data)
    try:
        assert second.answers()
    finally:
        second.erase()
