"""Runs in a real database: what is stored, going on after a kill, and which run may not be begun."""

import json
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from flowserve_ml.features.definitions import FEATURES
from schemas.outcomes import Prediction, outcome_decoder
from stream_processor.provision.connection import Connection
from tests.integration.replay.bank import (
    BANK_OPTIONS,
    bank_columns,
    refusal,
    replayed,
    row,
    rows,
    scores_of,
    write,
)
from tests.integration.replay.conftest import Replay, StartReplay
from tests.support.waiting import until

_STORED = "select * from replay_predictions where run_id = $1 order by place"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank's file of 60 days."""
    path = tmp_path / "bank.parquet"
    pa.parquet.write_table(pa.table(bank_columns()), path)
    return path


async def stored(tables: Connection, run_id: str) -> list[tuple[object, ...]]:
    """The rows of a run, without its name."""
    return [tuple(entry.values())[1:] for entry in await tables.fetch(_STORED, run_id)]


async def test_a_run_holds_in_event_order_what_the_table_holds_in_the_files(
    tables: Connection, bank: Path
) -> None:
    await replayed(bank, *BANK_OPTIONS, "--run-id", "first", "--client", "bank-7")
    table = await scores_of(bank, *BANK_OPTIONS)
    found = await tables.fetch(_STORED, "first")
    assert [entry["place"] for entry in found] == list(range(1, len(table) + 1))
    assert [entry["occurred_at"] for entry in found] == sorted(entry["occurred_at"] for entry in found)
    for entry in found:
        known, body = table[entry["input_row"] - 1], outcome_decoder.decode(entry["body"])
        assert isinstance(body, Prediction)
        assert body.source == "replay"
        assert body.decided_at == body.received_at == body.occurred_at == known["occurred_at"]
        assert entry["transaction_id"] == body.transaction_id == str(known["transaction_id"])
        assert entry["score"] == body.score == known["score"]
        assert entry["decision"] == body.decision == known["decision"]
        assert [reason.code for reason in body.reasons] == (known["reasons"] or "").split(";")[
            : len(body.reasons)
        ]
        assert body.features == {name: known[name] for name in FEATURES}
        assert entry["is_fraud"] == known["is_fraud"]
        assert entry["client_id"] == "bank-7"


async def test_a_run_says_what_it_was_asked_and_how_far_it_is(tables: Connection, tmp_path: Path) -> None:
    content = [row(1), row(1), row(1, amount=7), row(2, amount="x"), row(3)]
    await replayed(write(tmp_path / "bank.csv", content), "--run-id", "small")
    run = await tables.fetchrow("select * from replays where run_id = 'small'")
    assert run is not None
    assert (run["state"], run["message"], run["source"]) == ("finished", None, "bank.csv")
    counts = {name: run[name] for name in ("transactions", "done", "scored", "duplicate", "rejected")}
    assert counts == {"transactions": 5, "done": 5, "scored": 2, "duplicate": 1, "rejected": 2}
    assert json.loads(run["plan"])["model"]["version"] == run["model_version"]
    assert run["started_at"] <= run["finished_at"] <= run["updated_at"]


async def test_rejected_rows_are_stored_with_their_reason_and_without_their_content(
    tables: Connection, tmp_path: Path
) -> None:
    content = rows({}, {"customer_id": "4111111111111111"}, {"amount": "x"})
    await replayed(write(tmp_path / "bank.csv", content), "--run-id", "bad")
    found = await tables.fetch(_STORED, "bad")
    assert [(entry["input_row"], entry["status"], entry["error_code"]) for entry in found] == [
        (2, "rejected", "card_number"),
        (3, "rejected", "invalid_field"),
        (1, "scored", None),
    ]
    assert not any("4111111111111111" in str(tuple(entry.values())) for entry in found)


async def test_a_table_and_a_run_may_be_asked_for_together(
    tables: Connection, bank: Path, tmp_path: Path
) -> None:
    await replayed(bank, *BANK_OPTIONS, "--run-id", "both", "--store", "--output", tmp_path / "both.parquet")
    table = pa.parquet.read_table(tmp_path / "both.parquet")
    assert await tables.fetchval("select count(*) from replay_predictions where run_id = 'both'") == len(
        table
    )


async def half_done(
    start: StartReplay, tables: Connection, bank: Path, run_id: str, pg: dict[str, str]
) -> Replay:
    """A run that has stored its first rows and waits for the time of the next."""
    process = start(bank, *BANK_OPTIONS, "--run-id", run_id, "--speed", "100x", **pg)

    async def begun() -> bool:
        assert process.poll() is None
        done = await tables.fetchval("select done from replays where run_id = $1", run_id)
        return bool(done)

    await until(begun, "the first rows are stored", 60)
    return process


async def test_a_killed_run_goes_on_and_ends_with_the_rows_of_one_that_was_left_alone(
    tables: Connection, bank: Path, start_replay: StartReplay, pg: dict[str, str]
) -> None:
    process = await half_done(start_replay, tables, bank, "killed", pg)
    being_written = "run killed is being written by another process just now"
    assert await refusal(bank, *BANK_OPTIONS, "--run-id", "killed") == being_written
    process.kill()
    process.wait()
    partial = await stored(tables, "killed")

    said = ""

    async def went_on() -> bool:  # the server may need a moment to notice that its client is gone
        nonlocal said
        free = "select pg_try_advisory_lock_shared(hashtextextended('replay killed', 0))"
        if not await tables.fetchval(free):
            return False
        await tables.execute("select pg_advisory_unlock_shared(hashtextextended('replay killed', 0))")
        said = await replayed(bank, *BANK_OPTIONS, "--run-id", "killed")
        return True

    await until(went_on, "the run goes on", 30)
    assert f"run killed: {len(partial):,} rows are there already; going on" in said
    await replayed(bank, *BANK_OPTIONS, "--run-id", "alone")
    whole = await stored(tables, "alone")
    assert 0 < len(partial) < len(whole)
    assert await stored(tables, "killed") == whole
    facts = "select state, transactions, done, scored, duplicate, rejected from replays where run_id = $1"
    assert await tables.fetchrow(facts, "killed") == await tables.fetchrow(facts, "alone")


async def test_an_interrupted_run_is_marked_as_partial_and_goes_on(
    tables: Connection, bank: Path, start_replay: StartReplay, pg: dict[str, str]
) -> None:
    process = await half_done(start_replay, tables, bank, "stopped", pg)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    run = await tables.fetchrow("select * from replays where run_id = 'stopped'")
    assert run is not None
    assert run["state"] == "stopped"
    assert "the results are partial; the same command goes on" in run["message"]
    await replayed(bank, *BANK_OPTIONS, "--run-id", "stopped")
    assert await tables.fetchval("select state from replays where run_id = 'stopped'") == "finished"
    assert await tables.fetchval("select message from replays where run_id = 'stopped'") is None


async def test_a_name_that_is_taken_is_refused_before_any_work(
    tables: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "bank.csv", rows({}, {}))
    await replayed(path, "--run-id", "taken")
    await tables.execute("update replays set state = 'stopped' where run_id = 'taken'")
    capsys.readouterr()
    output = tmp_path / "scores.parquet"
    for words in (("--sample", "0.9"), ("--client", "other"), ("--warm-up", "1d"), ("--currency", "USD")):
        said = await refusal(path, "--run-id", "taken", *words, "--store", "--output", output)
        assert said.startswith("run taken was begun with other input, another model or other options")
    await tables.execute("update replays set state = 'finished' where run_id = 'taken'")
    said = await refusal(path, "--run-id", "taken", "--store", "--output", output)
    assert said == "run taken is finished already: name another one with --run-id"
    assert "folded" not in capsys.readouterr().err
    assert not output.exists()
    assert await tables.fetchval("select count(*) from replay_predictions") == 2


async def test_the_same_replay_twice_is_noticed_without_a_name_too(
    tables: Connection, tmp_path: Path
) -> None:
    path = write(tmp_path / "bank.csv", rows({}))
    await replayed(path)
    assert "is finished already" in await refusal(path)


async def test_an_erased_run_takes_its_rows_with_it(tables: Connection, tmp_path: Path) -> None:
    await replayed(write(tmp_path / "bank.csv", rows({}, {})), "--run-id", "gone")
    await tables.execute("delete from replays where run_id = 'gone'")
    assert await tables.fetchval("select count(*) from replay_predictions") == 0


async def test_a_database_without_tables_is_told_apart(
    tmp_path: Path, start_replay: StartReplay, pg: dict[str, str]
) -> None:
    process = start_replay(write(tmp_path / "bank.csv", rows({})), **(pg | {"PGDATABASE": "postgres"}))
    assert process.wait(timeout=60) == 1
    said = (tmp_path / "replay-0.log").read_text().splitlines()[-1]
    assert said.endswith("the database has no tables yet: run `python -m stream_processor.provision`")
