"""What `flowserve replay` may be told, and what it says to what it may not."""

from pathlib import Path

import pytest

from cli.database import UsageError
from cli.replay_arguments import parse

DAY = 86_400


def test_without_options_a_file_is_taken_as_it_is_and_stored() -> None:
    job = parse(["bank.csv"])
    assert (job.source, job.columns, job.minor, job.currency, job.client_id) == (
        "bank.csv",
        {},
        True,
        "EUR",
        "default",
    )
    assert (job.store, job.output, job.models, job.run_id, job.offsets) == (True, None, (), None, None)
    assert (job.plan.label_delay_days, job.plan.sample) == (7, 1)
    assert (job.plan.first, job.plan.end, job.plan.speed) == (None, None, None)


def test_all_that_lies_before_warms_up_unless_the_rows_of_years_would_be_read() -> None:
    assert [parse([source]).plan.warm_up_seconds for source in ("bank.csv", "requests", "rows")] == [
        None,
        None,
        45 * DAY,
    ]
    assert parse(["bank.csv", "--warm-up", "7d"]).plan.warm_up_seconds == 7 * DAY


def test_the_file_is_described_by_map_unit_and_delay() -> None:
    words = "bank.csv --map customer_id=CARD --map amount=A=B --amount-unit major --label-delay 36h"
    job = parse(words.split())
    assert job.columns == {"customer_id": "CARD", "amount": "A=B"}
    assert (job.minor, job.plan.label_delay_days) == (False, 1.5)


def test_a_time_without_a_zone_is_utc() -> None:
    naive, zoned = (
        parse(["rows", "--from", text]).plan.first for text in ("2026-11-01", "2026-11-01T01:00+01:00")
    )
    assert naive == zoned == 1_793_491_200


def test_with_an_output_nothing_is_stored_unless_asked() -> None:
    assert not parse(["rows", "--output", "scores.parquet"]).store
    job = parse(["rows", "--output", "scores.parquet", "--store"])
    assert (job.store, job.output) == (True, Path("scores.parquet"))


def test_offsets_name_the_last_record_and_may_be_open() -> None:
    job = parse(["requests", "--offset", "3:100-200", "--offset", "4:7-"])
    assert job.offsets == {3: (100, 201), 4: (7, None)}


@pytest.mark.parametrize(("text", "speed"), [("max", None), ("1x", 1.0), ("100x", 100.0), ("0.5", 0.5)])
def test_a_speed_is_a_multiple_of_event_time(text: str, speed: float | None) -> None:
    assert parse(["rows", "--speed", text]).plan.speed == speed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("rows --run-id a/b", "--run-id: use 1 to 64 letters"),
        ("rows --client ä", "--client: use 1 to 64 letters"),
        ("rows --run-id " + "a" * 65, "--run-id: use 1 to 64 letters"),
        ("rows --output scores.csv", "--output: the name must end in .parquet"),
        ("rows --sample 0", "--sample: give a share"),
        ("rows --sample 1.1", "--sample: give a share"),
        ("rows --sample nan", "--sample: give a share"),
        ("rows --from 2026-02-02 --to 2026-02-02", "--from must lie before --to"),
        ("rows --from yesterday", "--from yesterday: write a time such as"),
        ("rows --to 2026-13-01", "--to 2026-13-01: write a time such as"),
        ("rows --warm-up 45", "--warm-up 45: write a number and s, m, h or d"),
        ("rows --label-delay week", "--label-delay week: write a number"),
        ("rows --speed 0x", "--speed 0x: write 1x, 100x or max"),
        ("rows --speed fast", "--speed fast: write 1x, 100x or max"),
        ("rows --speed nan", "--speed nan: write 1x, 100x or max"),
        ("rows --speed 10x --output a.parquet", "--speed: it holds back rows on their way into the database"),
        ("rows --offset 1:2-3", "--offset: only the source `requests` has offsets"),
        ("requests --offset 1", "--offset 1: write PARTITION:FIRST-END"),
        ("a.csv --map amount", "--map amount: write OURS=THEIRS"),
        ("a.csv --map =AMT", "--map =AMT: write OURS=THEIRS"),
    ],
)
def test_a_value_that_cannot_be_gets_a_sentence_that_says_what_to_write(words: str, message: str) -> None:
    with pytest.raises(UsageError, match="^" + message.replace("?", r"\?")):
        parse(words.split())


@pytest.mark.parametrize("words", ["", "a.csv b.csv", "a.csv --amount-unit cents", "a.csv --sample half"])
def test_wrong_syntax_is_the_parsers_to_refuse(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse(words.split())
    assert stopped.value.code == 2
    assert "usage: flowserve replay" in capsys.readouterr().err
