"""What `score` and `produce` send: one transaction from the command line, or a file of somebody's own."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cli.ask.arguments import Given
from cli.settings import ConsoleSettings
from flowserve_client import Transaction

_MICROS = 1_000_000


@dataclass(frozen=True)
class Row:
    """A transaction and its place in the file, from 1; `refused` says why a row cannot be sent."""

    place: int
    transaction: Transaction | None
    refused: str = ""


def read_rows(given: Given, settings: ConsoleSettings, now: float) -> list[Row]:
    """In the order of their times. `now`: seconds since 1970 UTC. Raises InputError and ArtifactError."""
    if given.file is None:
        one = Transaction(
            customer_id=given.customer,
            terminal_id=given.terminal,
            amount=given.amount,
            currency=given.currency,
        )
        if given.transaction_id is not None:
            one = replace(one, transaction_id=given.transaction_id)
        return [Row(1, one)]
    rows = _of_file(given, settings, now)
    return _as_of(rows, now) if given.as_of_now else rows


def _of_file(given: Given, settings: ConsoleSettings, now: float) -> list[Row]:
    # Only now: reading files takes pandas, which one transaction does not need.
    from flowserve_ml.manifest import load_manifest
    from flowserve_ml.prepare.source import Source
    from flowserve_ml.store import current_folder
    from stream_processor.replay.from_file import read_file
    from stream_processor.replay.history import LABEL_DELAY_DAYS

    assert given.file is not None  # noqa: S101
    rates = load_manifest(current_folder(settings.models_dir)).rates
    source = Source(given.file, given.columns, given.currency, given.minor)
    history = read_file(source, given.client, rates, LABEL_DELAY_DAYS, now)
    names = ("row", "transaction_id", "customer_id", "terminal_id", "minor", "currency", "micros")
    table = history.table
    rows = [
        Row(
            place,
            Transaction(
                transaction_id=transaction,
                customer_id=customer,
                terminal_id=terminal,
                amount=amount,
                currency=currency,
                occurred_at=datetime.fromtimestamp(micros / _MICROS, UTC),
            ),
        )
        for place, transaction, customer, terminal, amount, currency, micros in zip(
            *(table[name].tolist() for name in names), strict=True
        )
    ]
    refused = [Row(each.row, None, _reason(each.refusal)) for each in history.refused]
    return rows + refused


def _reason(refusal: object) -> str:
    errors = getattr(refusal, "errors", ())
    said = [f"{error.pointer.lstrip('/')}: {error.detail}" for error in errors]
    return "; ".join(said) or getattr(refusal, "detail", "") or str(refusal)


def _as_of(rows: list[Row], now: float) -> list[Row]:
    times = [row.transaction.occurred_at for row in rows if row.transaction]
    if not times:
        return rows
    shift = timedelta(seconds=int(now - max(times).timestamp()))
    return [
        replace(row, transaction=replace(row.transaction, occurred_at=row.transaction.occurred_at + shift))
        if row.transaction
        else row
        for row in rows
    ]
