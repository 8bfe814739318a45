"""History from requests that FlowServe itself has kept, on the log or in the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

import pyarrow as pa

from flowserve_ml.currency import UnsupportedCurrency, to_base_cents
from flowserve_ml.features.definitions import HORIZON_SECONDS, LABEL_DELAY_SECONDS
from schemas.problems import FieldError, Refusal
from schemas.transaction import Transaction
from stream_processor.replay.gather import Gathering
from stream_processor.replay.history import FRAUD, GENUINE, UNKNOWN_LABEL, History, columns
from stream_processor.replay.ordered import CHUNK_ROWS
from stream_processor.replay.refusals import Refused

_SCHEMA = columns(pa.string())


class Report(NamedTuple):
    """A report about a transaction, in the order of its partition; `reported_at` is seconds, UTC."""

    customer_id: str
    transaction_id: str
    reported_at: float
    is_fraud: bool


def assemble(
    source: str,
    client_id: str,
    asked: Iterable[Transaction | Refusal],
    reports: Iterable[Report],
    rates: Mapping[str, float],
    fingerprint: str,
) -> History:
    """`asked` in the order in which equal moments shall count; what could not be read is a Refusal."""
    known: dict[tuple[str, str], list[Report]] = defaultdict(list)
    for report in reports:
        known[report.customer_id, report.transaction_id].append(report)
    gathered = Gathering()
    numbered = enumerate(asked, start=1)
    count = 0
    while part := list(islice(numbered, CHUNK_ROWS)):
        rows, refused, ids = [], [], []
        for number, entry in part:
            try:
                rows.append(_row(number, entry, known, rates))
            except Refusal as refusal:
                refused.append(Refused(number, refusal))
                ids.append(entry.transaction_id if isinstance(entry, Transaction) else None)
        values = zip(*rows, strict=True) if rows else ((),) * len(_SCHEMA)
        table = pa.table([pa.array(*column) for column in zip(values, _SCHEMA.types, strict=True)], _SCHEMA)
        gathered.add(table, refused, pa.array(ids, pa.string()))
        count += len(part)
    return gathered.history(source, client_id, count, pa.string(), fingerprint, labelled=bool(known))


def _row(
    number: int,
    entry: Transaction | Refusal,
    known: Mapping[tuple[str, str], list[Report]],
    rates: Mapping[str, float],
) -> tuple[object, ...]:
    if isinstance(entry, Refusal):
        raise entry
    try:
        cents = to_base_cents(entry.amount, entry.currency, rates)
    except UnsupportedCurrency:
        detail = "The model has no rate for this currency."
        raise Refusal("unsupported_currency", detail, (FieldError("/currency", detail),)) from None
    at = entry.occurred_at.timestamp()
    reports = known.get((entry.customer_id, entry.transaction_id), [])
    due_at = at // 1 + LABEL_DELAY_SECONDS
    # Nor does a report that the scorer has forgotten count, of an id that is used again after the horizon.
    due = [
        report.is_fraud for report in reports if due_at - HORIZON_SECONDS < report.reported_at // 1 <= due_at
    ]
    label = UNKNOWN_LABEL if not reports else FRAUD if reports[-1].is_fraud else GENUINE
    micros = round(at * 1e6)
    ids = (entry.transaction_id, entry.transaction_id, entry.customer_id, entry.terminal_id)
    return number, *ids, entry.amount, entry.currency, micros, cents, label, bool(due) and due[-1]
