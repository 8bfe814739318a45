"""Puts provisioning together: waits for Kafka, makes topics; waits for PostgreSQL, makes tables and days."""

import logging
from datetime import UTC, datetime

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.topics import all_topics
from stream_processor.provision.clients import list_clients_with_keys
from stream_processor.provision.database import migrate
from stream_processor.provision.days import days_around, ensure_days
from stream_processor.provision.errors import NotYet, ProvisionError
from stream_processor.provision.grants import grant_roles
from stream_processor.provision.migrations import read_migrations
from stream_processor.provision.retention import drop_old_rows
from stream_processor.provision.settings import ProvisionSettings
from stream_processor.provision.topics import provision_topics
from stream_processor.provision.waiting import wait_for

logger = logging.getLogger(__name__)

_KAFKA_NOT_YET = (KafkaError, OSError, TimeoutError, NotYet)
_POSTGRES_NOT_YET = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
_REQUEST_MS = 10_000


async def provision_or_report(settings: ProvisionSettings) -> int:
    """The exit code: 0 when everything is there, 1 with a log line that says what to do."""
    try:
        await provision(settings)
    except (ProvisionError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        logger.error("provisioning failed: %s", str(error) or type(error).__name__)
        return 1
    logger.info("provisioned")
    return 0


async def provision(settings: ProvisionSettings) -> None:
    """Everything once. Raises ProvisionError or PostgreSQL's own error."""
    await wait_for(
        f"Kafka at {settings.kafka_bootstrap}",
        lambda: _topics(settings),
        _KAFKA_NOT_YET,
        settings.provision_wait_seconds,
    )
    await wait_for("PostgreSQL", _tables, _POSTGRES_NOT_YET, settings.provision_wait_seconds)
    await wait_for(
        f"Kafka at {settings.kafka_bootstrap}",
        lambda: _clients(settings),
        _KAFKA_NOT_YET,
        settings.provision_wait_seconds,
    )
    if settings.rows_kept_days is not None:
        await _retention(settings.rows_kept_days)


async def _topics(settings: ProvisionSettings) -> None:
    wanted = all_topics(settings.partitions, settings.reply_partitions, settings.kept)
    client = AIOKafkaAdminClient(**kafka_arguments(settings), request_timeout_ms=_REQUEST_MS)
    async with started(client) as admin:
        await provision_topics(admin, wanted, settings.replication_factor)


async def _tables() -> None:
    connection = await asyncpg.connect(timeout=5, command_timeout=60, server_settings={"lock_timeout": "20s"})
    try:
        applied = await migrate(connection, read_migrations())
        created = await ensure_days(connection, days_around(datetime.now(UTC).date()))
        granted = await grant_roles(connection)
        logger.info(
            "tables are there", extra={"migrations": applied, "day_partitions": created, "roles": granted}
        )
    finally:
        await connection.close(timeout=5)


async def _retention(kept_days: int) -> None:
    """Without a deadline: the first time there may be a lot to delete."""
    connection = await asyncpg.connect(timeout=5, command_timeout=60, server_settings={"lock_timeout": "20s"})
    try:
        await drop_old_rows(connection, datetime.now(UTC).date(), kept_days)
    finally:
        await connection.close(timeout=5)


async def _clients(settings: ProvisionSettings) -> None:
    connection = await asyncpg.connect(timeout=5, command_timeout=60)
    try:
        added = await list_clients_with_keys(connection, settings)
        logger.info("clients are listed", extra={"added": added})
    finally:
        await connection.close(timeout=5)
