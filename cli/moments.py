"""Moments on the command line: ISO 8601, in UTC where no zone is given."""

from datetime import UTC, datetime

from cli.database import UsageError


def moment(option: str, text: str | None) -> datetime | None:
    """The moment that was given to `option`, with its zone; None if none was. Raises UsageError."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: write a time such as 2026-11-24T08:00:00Z") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
