"""The statement of /logs: every filter has its condition, every value is a parameter."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingest_api import statements
from ingest_api.cursor import RowPlace
from ingest_api.filters import LogQuery
from ingest_api.log_statement import log_statement
from ingest_api.rows import LoggedRequest

EVERY: dict[str, Any] = {
    "customer_id": "c'; drop table requests --",
    "terminal_id": "t-7",
    "transaction_id": "tx-1",
    "decision": "review",
    "source": "kafka",
    "status": "scored",
    "model_version": "1.0.0",
    "from": "2026-11-23T00:00:00+01:00",
    "to": "2026-11-24T00:00:00Z",
}


@pytest.mark.parametrize("rows", ["LOG_ROWS", "RUN_LOG_ROWS", "TRACE"])
def test_every_statement_behind_a_log_entry_has_all_fields_of_a_request(rows: str) -> None:
    chosen = getattr(statements, rows).partition("\nfrom ")[0]
    assert [name for name in LoggedRequest.__struct_fields__ if not re.search(rf"\b{name}\b", chosen)] == []


def test_all_filters_together_number_their_parameters_without_a_gap() -> None:
    text, values = log_statement("bank", LogQuery.model_validate(EVERY), RowPlace(1, 2, 3, "f"), 21)
    assert all(f"${number}" in text for number in range(1, len(values) + 1))
    assert f"${len(values) + 1}" not in text
    assert "?" not in text
    assert "drop table" not in text
    assert values[0] == "bank"
    assert values[-1] == 21


def test_times_are_utc_and_prune_the_days() -> None:
    query = LogQuery.model_validate({"from": EVERY["from"]})
    _, values = log_statement("bank", query, None, 1)
    assert datetime(2026, 11, 22, 23, tzinfo=UTC) in values
    assert date(2026, 11, 22) in values


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (LogQuery(), "is distinct from 'duplicate'"),
        (LogQuery(status="pending"), "p.status is null"),
        (LogQuery(status="duplicate"), "p.status = $3"),
    ],
)
def test_duplicates_are_hidden_unless_asked_for(query: LogQuery, condition: str) -> None:
    assert condition in log_statement("bank", query, None, 1)[0]


def test_with_duplicates_nothing_is_hidden() -> None:
    text, _ = log_statement("bank", LogQuery(include_duplicates=True), None, 1)
    assert "duplicate" not in text
