"""Errors, secrets, environments and other small promises of the local stack."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from local_stack import folder, secret
from local_stack.api import first_transaction, prediction_of
from local_stack.errors import PartFailed
from local_stack.java import parse_version
from local_stack.process import log_tail, rotate
from local_stack.services import service_environment
from local_stack.settings import Settings
from local_stack.supervisor import how


def test_a_failed_part_says_which_why_and_how_its_log_ended() -> None:
    error = PartFailed("kafka", "ended with exit code 1", ["line a", "line b"])
    assert str(error) == "kafka: ended with exit code 1\n  | line a\n  | line b"


def test_a_secret_is_for_its_owner_only_and_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "key"
    value = secret.recall_or_make(path)
    assert secret.recall_or_make(path) == value
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(value) >= 43


def test_a_log_above_the_limit_makes_room_for_the_next_run(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "api.log"
    rotate(log)
    log.write_text("0123456789")
    rotate(log, limit=10)
    assert log.exists()
    rotate(log, limit=9)
    assert not log.exists()
    assert (tmp_path / "logs" / "api.log.1").read_text() == "0123456789"


def test_the_tail_of_a_log_is_its_last_lines_in_order(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("".join(f"{number}\n" for number in range(100)))
    assert log_tail(log, 3) == ["97", "98", "99"]
    assert log_tail(tmp_path / "none.log") == []


@pytest.mark.parametrize(
    ("output", "version"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_402"', 1), ("no Java here", None)],
)
def test_the_version_of_java_is_read_from_its_own_words(output: str, version: int | None) -> None:
    assert parse_version(output) == version


def test_our_own_postgres_replaces_every_inherited_pg_name() -> None:
    inherited = {"PATH": "/bin", "PGHOST": "elsewhere", "PGSSLMODE": "require"}
    own = service_environment(inherited, Path("/d"), "k:1", {"PGHOST": "127.0.0.1"}, ("127.0.0.1", 8000), "s")
    assert own["PGHOST"] == "127.0.0.1"
    assert "PGSSLMODE" not in own
    external = service_environment(inherited, Path("/d"), "k:1", {}, ("127.0.0.1", 8000), "s")
    assert (external["PGHOST"], external["PGSSLMODE"]) == ("elsewhere", "require")


def test_a_folder_that_is_not_ours_is_neither_used_nor_erased(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(PartFailed, match="not a data folder"):
        folder.prepare(tmp_path)
    with pytest.raises(PartFailed, match="nothing was erased"):
        folder.erase(tmp_path)
    assert (tmp_path / "thesis.doc").exists()


def test_the_settings_take_the_standard_postgres_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db")
    monkeypatch.setenv("FLOWSERVE_SCORERS", "3")
    settings = Settings()
    assert (settings.postgres_host, settings.scorers) == ("db", 3)
    assert settings.data.is_absolute()


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_signal_and_an_exit_code_read_differently() -> None:
    assert (how(-9), how(1), how(None)) == ("signal 9", "exit code 1", "not started")


def test_a_prediction_is_found_by_itself_and_inside_its_request() -> None:
    scored = {"status": "scored", "decision": "approve"}
    assert prediction_of(httpx.Response(200, json=scored)) == scored
    assert prediction_of(httpx.Response(200, json={"status": "scored", "prediction": scored})) == scored
    assert prediction_of(httpx.Response(200, json={"status": "pending", "prediction": None})) is None
    assert prediction_of(httpx.Response(202, json={"status": "pending"})) is None
    assert prediction_of(httpx.Response(404, text="not yet")) is None


def test_first_transactions_differ_and_carry_their_time_zone() -> None:
    first = first_transaction(datetime(2026, 11, 23, 12, 0, 0, 1, UTC))
    second = first_transaction(datetime(2026, 11, 23, 12, 0, 0, 2, UTC))
    assert first["transaction_id"] != second["transaction_id"]
    assert first["occurred_at"] == "2026-11-23T12:00:00Z"
