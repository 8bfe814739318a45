"""The report's rows from a real PostgreSQL: a stored run, live rows with their reports, and the command."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from schemas.outcomes import Decision, Duplicate, ModelName, Outcome, Prediction, Reason, Rejected, encoder
from schemas.problems import FieldError, problem
from schemas.topics import FEEDBACK, REQUESTS
from stream_processor.provision.connection import Connection
from stream_processor.replay.report.from_database import read_live, read_run
from stream_processor.replay.report.scored import ReportError
from tests.support.containers import Database
from tests.support.scored_tables import ABOUT, scored_row, write_scored_file

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
async def connection(tables: Connection) -> Connection:
    """The tables without runs, live rows and reports."""
    await tables.execute("truncate requests, predictions, feedback")
    return tables


def at(number: int) -> datetime:
    return START + timedelta(hours=number)


def prediction(number: int, score: float, source: Any = "replay", version: str = "1.0.0") -> Prediction:  # noqa: ANN401
    decision: Decision = "decline" if score >= 0.6 else "review" if score >= 0.2 else "approve"
    reasons = (Reason("amount", "amount", 12.5, "High.", 1.0), Reason("night", "night", 1.0, "Late.", 0.5))
    return Prediction(
        str(UUID(int=number)),
        str(UUID(int=1_000 + number)),
        f"tx-{number}",
        f"c-{number}",
        "t-1",
        decision,
        score,
        reasons if decision != "approve" else (),
        {"amount": number * 10.0, "amount_tail": None, "night": 0.1 + 0.2},
        ModelName("flowserve-fraud", version),
        source,
        at(number),
        at(number),
        at(number),
        number == 2,
    )


def refused(number: int) -> Rejected:
    errors = (FieldError("/amount", "Send an amount."), FieldError("/currency", "Send a currency."))
    return Rejected(
        str(UUID(int=1_000 + number)), problem("invalid_field", errors=errors), "replay", at(0), at(0)
    )


def repeat(number: int, of: int) -> Duplicate:
    request_id, first = str(UUID(int=1_000 + number)), str(UUID(int=of))
    return Duplicate(first, request_id, f"tx-{of}", f"c-{of}", "t-1", "replay", at(number), at(number))


async def store_run(
    connection: Connection, rows: list[tuple[int, Outcome, bool | None]], state: str = "finished"
) -> None:
    """`rows` in the order of the run: row of the input, outcome, label."""
    await connection.execute(
        """insert into replays (run_id, client_id, source, model_version, state, plan, transactions, done)
           values ('run-1', 'default', 'history.parquet', '1.0.0', $1, $2, 9, $3)""",
        state,
        json.dumps({name: value for name, value in ABOUT.items() if name != "run_id"}),
        len(rows),
    )
    for place, (row, outcome, label) in enumerate(rows, 1):
        scored = outcome if isinstance(outcome, Prediction) else None
        await connection.execute(
            """insert into replay_predictions (run_id, place, client_id, input_row, request_id,
                   transaction_id, customer_id, terminal_id, occurred_at, status, decision, score, is_fraud,
                   body)
               values ('run-1', $1, 'default', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
            place,
            row,
            UUID(outcome.request_id),
            outcome.transaction_id,
            outcome.customer_id,
            outcome.terminal_id,
            scored.occurred_at if scored else None,
            outcome.__struct_config__.tag,
            scored.decision if scored else None,
            scored.score if scored else None,
            label,
            encoder.encode(outcome).decode(),
        )


async def store_live(
    connection: Connection, offset: int, outcome: Prediction, client: str = "default"
) -> None:
    await connection.execute(
        """insert into predictions (day, source_topic, source_partition, source_offset, client_id, request_id,
               source, status, prediction_id, transaction_id, customer_id, terminal_id, decision, score,
               model_version, occurred_at, received_at, decided_at, body)
           values ($1, $2, 3, $3, $4, $5, 'rest', 'scored', $6, $7, $8, 't-1', $9, $10, $11, $12, $12, $12,
               $13)""",
        outcome.occurred_at.date(),
        REQUESTS,
        offset,
        client,
        UUID(outcome.request_id),
        UUID(outcome.prediction_id),
        outcome.transaction_id,
        outcome.customer_id,
        outcome.decision,
        outcome.score,
        outcome.model.version,
        outcome.occurred_at,
        encoder.encode(outcome).decode(),
    )


async def report(
    connection: Connection, offset: int, number: int, is_fraud: bool, partition: int = 3
) -> None:
    await connection.execute(
        """insert into feedback (topic, partition, "offset", client_id, prediction_id, transaction_id,
               customer_id, is_fraud, reported_at)
           values ($1, $2, $3, 'default', $4, $5, $6, $7, now())""",
        FEEDBACK,
        partition,
        offset,
        UUID(int=number),
        f"tx-{number}",
        f"c-{number}",
        is_fraud,
    )


async def test_a_run_is_read_in_the_order_of_its_input(connection: Connection) -> None:
    rows: list[tuple[int, Outcome, bool | None]] = [
        (3, refused(3), None),
        (2, prediction(2, 0.7), True),
        (1, prediction(1, 0.1), False),
        (4, repeat(4, 1), None),
    ]
    await store_run(connection, rows)
    read = await read_run(connection, "default", "run-1")
    table = read.table
    assert table["row"].tolist() == [1, 2, 3, 4]
    assert table["status"].tolist() == ["scored", "scored", "rejected", "duplicate"]
    assert table["is_fraud"].tolist()[:2] == [False, True]
    assert table["reasons"].tolist()[1] == "amount;night"
    assert table["problem"].tolist()[2] == "invalid_field: Send an amount.; Send a currency."
    assert table["late"].tolist() == [False, True, False, False]
    assert read.feature("amount").tolist()[:2] == [10.0, 20.0]
    assert read.feature("night")[0] == 0.1 + 0.2, "exactly the number that was computed"
    assert (read.info.model, read.info.review, read.info.partial) == ("flowserve-fraud 1.0.0", 0.2, None)


async def test_a_run_that_was_stopped_says_so(connection: Connection) -> None:
    await store_run(connection, [(1, prediction(1, 0.1), None)], "stopped")
    read = await read_run(connection, "default", "run-1")
    assert read.info.partial == "the run is stopped: 1 of 9 transactions"


async def test_a_run_that_the_client_has_not_is_refused_with_those_it_has(connection: Connection) -> None:
    await store_run(connection, [(1, prediction(1, 0.1), None)])
    with pytest.raises(ReportError, match="client default has no run run-2; the newest are run-1"):
        await read_run(connection, "default", "run-2")
    with pytest.raises(ReportError, match="client other has no run run-1; it has none"):
        await read_run(connection, "other", "run-1")


async def test_live_rows_carry_the_last_report_of_their_partition(connection: Connection) -> None:
    for number in (1, 2, 3):
        await store_live(connection, number, prediction(number, 0.1, "rest"))
    await store_live(connection, 4, prediction(4, 0.1, "rest"), client="other")
    await report(connection, 10, 1, False)
    await report(connection, 11, 1, True)
    await report(connection, 12, 2, True)
    await report(connection, 13, 2, False)
    # On another partition than the customer's a report counts for nothing.
    await report(connection, 99, 3, True, partition=4)
    read = await read_live(connection, "default", None, None)
    assert read.table["transaction_id"].tolist() == ["tx-1", "tx-2", "tx-3"]
    labels = read.table["is_fraud"]
    assert (labels[0], labels[1], labels.isna()[2]) == (True, False, True)
    assert read.info.review is None


async def test_live_rows_are_those_that_occurred_in_the_range(connection: Connection) -> None:
    for number, version in ((1, "1.0.0"), (2, "1.1.0"), (3, "1.0.0")):
        await store_live(connection, number, prediction(number, 0.1, "rest", version))
    read = await read_live(connection, "default", at(1), at(3))
    assert read.table["transaction_id"].tolist() == ["tx-1", "tx-2"]
    assert read.info.model == "flowserve-fraud 1.0.0, flowserve-fraud 1.1.0"
    with pytest.raises(ReportError, match="no transaction of client default occurred"):
        await read_live(connection, "default", at(4), None)


def compare(database: Database, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "cli", "compare", *words]
    environment = {**database.environment(), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


async def test_a_run_is_compared_with_live_and_a_file_with_a_run(
    connection: Connection, database: Database, tmp_path: Path
) -> None:
    await store_run(connection, [(n, prediction(n, 0.1 * n), n > 2) for n in range(1, 5)])
    for number in range(1, 7):
        await store_live(connection, number, prediction(number, 0.1, "rest"))
    out, figures = tmp_path / "r.html", tmp_path / "r.json"
    done = compare(database, "run:run-1", "live", "--output", str(out), "--json", str(figures))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 transactions compared: 3 decisions change (75.0 %)")
    made = json.loads(figures.read_text())
    assert made["compared"]["only_baseline"] == 0, "live is read for the range of the run"
    file = write_scored_file(tmp_path / "scores.parquet", [scored_row(n, 0.9) for n in range(1, 4)])
    done = compare(database, str(file), "run:run-1", "--output", str(out))
    assert done.stdout.startswith("3 transactions compared: 3 decisions change"), done.stderr


async def test_what_cannot_be_compared_is_a_sentence_and_no_report(
    connection: Connection, database: Database, tmp_path: Path
) -> None:
    out = tmp_path / "r.html"
    for words, says, code in (
        (["run:none"], "client default has no run none; it has none", 1),
        (["live"], "no transaction of client default occurred", 1),
        ([str(tmp_path / "none.parquet")], "there is no such file", 1),
        (["history.csv"], "is no .parquet file, no run:RUN_ID and not `live`", 2),
    ):
        done = compare(database, *words, "--output", str(out))
        assert (done.returncode, says in done.stderr) == (code, True), done.stderr
        assert "Traceback" not in done.stderr
    assert not out.exists()
