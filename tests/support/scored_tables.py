"""Small scored tables for the tests of the report: rows of a few words, everything else by default."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from flowserve_ml.features.definitions import FEATURES
from stream_processor.replay.report.scored import COLUMNS, HELD, ScoredTable, frame, info_of

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
ABOUT: dict[str, Any] = {
    "run_id": "run-1",
    "client_id": "default",
    "source": "history.parquet",
    "model": {"name": "flowserve-fraud", "version": "1.0.0"},
    "policy": {"review": 0.2, "decline": 0.6},
    "currency": "EUR",
    "label_delay_days": 7,
}

Row = Mapping[str, Any]


def scored_row(number: int, score: float | None, **changes: object) -> dict[str, Any]:
    """Row `number` (from 1), decided by the thresholds of ABOUT, an hour after the one before."""
    row: dict[str, Any] = {
        "row": number,
        "transaction_id": f"tx-{number}",
        "customer_id": f"c-{number}",
        "terminal_id": "t-1",
        "occurred_at": START + timedelta(hours=number),
        "status": "rejected" if score is None else "scored",
        "score": score,
        "decision": _decision(score),
        "reasons": None,
        "problem": "invalid_field: no" if score is None else None,
        "is_fraud": None,
        "late": False,
        **dict.fromkeys(FEATURES, None if score is None else 1.0),
    }
    return row | changes


def arrow_table(rows: Sequence[Row], **about: object) -> pa.Table:
    """The table as a replay writes it, metadata and all."""
    types = dict(COLUMNS)
    if rows and isinstance(rows[0]["transaction_id"], int):
        types["transaction_id"] = pa.int64()
    schema = pa.schema(list(types.items()))
    columns = [pa.array([row[name] for row in rows], kind) for name, kind in types.items()]
    metadata = {b"flowserve.replay": json.dumps(ABOUT | about).encode()}
    return pa.table(columns, schema=schema).replace_schema_metadata(metadata)


def scored(rows: Sequence[Row], name: str = "candidate.parquet", **about: object) -> ScoredTable:
    """The same in memory."""
    table = arrow_table(rows)
    return ScoredTable(
        name, frame(table.select(HELD)), lambda feature: table[feature].to_numpy(), info_of(ABOUT | about)
    )


def write_scored_file(path: Path, rows: Sequence[Row], **about: object) -> Path:
    """The same as a file."""
    pa.parquet.write_table(arrow_table(rows, **about), path)
    return path


def _decision(score: float | None) -> str | None:
    if score is None:
        return None
    return "decline" if score >= 0.6 else "review" if score >= 0.2 else "approve"
