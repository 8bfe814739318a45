"""What can go wrong in the sink, told apart by what is to be done about it."""

import asyncpg

# https://www.postgresql.org/docs/current/errcodes-appendix.html: the first two characters are the class.
_DATA_CLASSES = {"22", "23", "54"}
_TRANSIENT_CLASSES = {"08", "40", "53", "57", "58"}
_READ_ONLY, _LOCK_TIMEOUT, _TRANSACTION_TIMEOUT = "25006", "55P03", "25P04"
_IDLE_IN_TRANSACTION, _STALE_PLAN = "25P03", "0A000"
_TRANSIENT_STATES = {_READ_ONLY, _LOCK_TIMEOUT, _TRANSACTION_TIMEOUT, _IDLE_IN_TRANSACTION, _STALE_PLAN}


class BadRecord(Exception):
    """A record that cannot become a row. Message and code go into a dead letter and never hold the value."""

    def __init__(self, code: str, message: str, source_offset: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.source_offset = source_offset


class SinkStopped(Exception):
    """The sink cannot go on without a person; the message says what to do."""


def is_data_fault(error: BaseException) -> bool:
    """A row's own fault: PostgreSQL refuses it, or asyncpg cannot write it in the column's format."""
    if isinstance(error, asyncpg.PostgresError):
        return sqlstate(error)[:2] in _DATA_CLASSES
    if isinstance(error, asyncpg.InterfaceError):
        return False
    return isinstance(error, OverflowError | ValueError | TypeError)


def is_transient(error: BaseException) -> bool:
    """Nobody's fault that lasts: connection lost, deadlock, lock or statement time-out, full, read-only."""
    if isinstance(error, asyncpg.PostgresError):
        state = sqlstate(error)
        return state[:2] in _TRANSIENT_CLASSES or state in _TRANSIENT_STATES
    # asyncpg's own protocol errors follow a connection that the server has cut.
    return isinstance(error, OSError | TimeoutError | asyncpg.InterfaceError | asyncpg.InternalClientError)


def sqlstate(error: asyncpg.PostgresError) -> str:
    """The five characters, or none where the server gave none."""
    return str(getattr(error, "sqlstate", None) or "")


def describe(error: BaseException) -> str:
    """An error for a row or a log line: kind and SQLSTATE only, since PostgreSQL's text may hold values."""
    if isinstance(error, asyncpg.PostgresError):
        return f"PostgreSQL refused the row: {type(error).__name__} ({sqlstate(error)})"
    return f"The row cannot be written: {type(error).__name__}"


def advice(error: BaseException) -> str:
    """An error for the log, with what to do where that is known."""
    if isinstance(error, SinkStopped):
        return str(error)
    if isinstance(error, asyncpg.PostgresError):
        kind = f"{type(error).__name__} ({sqlstate(error)})"
        if sqlstate(error)[:2] in {"42", "3F"}:
            return f"{kind}: other tables than expected, run `python -m stream_processor.provision`"
        if sqlstate(error)[:2] in {"28", "3D"}:
            return f"{kind}: check PGUSER, PGPASSWORD and PGDATABASE"
        return kind
    return f"{type(error).__name__}: {error}"
