"""Which errors are a row's own, which pass by themselves, and which stop the sink."""

import asyncpg
import pytest

from stream_processor.sink.errors import SinkStopped, advice, describe, is_data_fault, is_transient

DATA = [
    asyncpg.CharacterNotInRepertoireError("x"),
    asyncpg.NumericValueOutOfRangeError("x"),
    asyncpg.UniqueViolationError("x"),
    asyncpg.NotNullViolationError("x"),
    asyncpg.StatementTooComplexError("x"),
    OverflowError(),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
]
TRANSIENT = [
    asyncpg.ConnectionDoesNotExistError("x"),
    asyncpg.SerializationError("x"),
    asyncpg.DeadlockDetectedError("x"),
    asyncpg.DiskFullError("x"),
    asyncpg.TooManyConnectionsError("x"),
    asyncpg.AdminShutdownError("x"),
    asyncpg.CannotConnectNowError("x"),
    asyncpg.QueryCanceledError("x"),
    asyncpg.LockNotAvailableError("x"),
    asyncpg.ReadOnlySQLTransactionError("x"),
    asyncpg.IdleInTransactionSessionTimeoutError("x"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError("x"),
    ConnectionRefusedError(),
    TimeoutError(),
]
LASTING = [
    asyncpg.UndefinedTableError("x"),
    asyncpg.InvalidPasswordError("x"),
    asyncpg.DataCorruptedError("x"),
]


@pytest.mark.parametrize("error", DATA, ids=repr)
def test_a_rows_own_fault_is_never_retried(error: Exception) -> None:
    assert (is_data_fault(error), is_transient(error)) == (True, False)


@pytest.mark.parametrize("error", TRANSIENT, ids=repr)
def test_what_passes_by_itself_is_never_dead_lettered(error: Exception) -> None:
    assert (is_data_fault(error), is_transient(error)) == (False, True)


@pytest.mark.parametrize("error", [*LASTING, SinkStopped("x"), KeyError()], ids=repr)
def test_everything_else_stops_the_sink(error: Exception) -> None:
    assert (is_data_fault(error), is_transient(error)) == (False, False)


def test_an_error_is_described_without_the_values_postgresql_repeats() -> None:
    error = asyncpg.InvalidTextRepresentationError('invalid input syntax: "4242424242424242"')
    assert describe(error) == "PostgreSQL refused the row: InvalidTextRepresentationError (22P02)"


def test_missing_tables_come_with_advice() -> None:
    assert "stream_processor.provision" in advice(asyncpg.UndefinedTableError("x"))
