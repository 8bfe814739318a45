"""What `flowserve score` and `produce` may be told, and which transactions that makes."""

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError

from cli.ask import produce as producing
from cli.ask.arguments import PRODUCE, SCORE, parse
from cli.ask.rows import read_rows
from cli.ask.score import main as score
from cli.database import UsageError
from cli.settings import ConsoleSettings
from flowserve_client import Transaction
from flowserve_client.kafka import Sent

ONE = ["--customer", "c-42", "--terminal", "t-7", "--amount", "1250"]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
MODELS = Path(__file__).parents[3] / "ml/models"


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of three good rows."""
    monkeypatch.setenv("FLOWSERVE_MODELS_DIR", str(MODELS))
    file = tmp_path / "history.csv"
    rows = [f"tx-{number},c-{number},t-1,700,2026-11-23T10:00:0{number}Z\n" for number in range(3)]
    file.write_text("transaction_id,customer_id,terminal_id,amount,occurred_at\n" + "".join(rows))
    return file


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a FILE, or one transaction"),
        (["--customer", "c-42"], "give a FILE, or one transaction"),
        (["bank.csv", "--amount", "1"], "not both"),
        (["bank.csv", "--map", "customer_id"], "write OURS=THEIRS"),
        ([*ONE, "--currency", "euro"], "three letters of ISO 4217"),
        ([*ONE, "--timeout", "0"], "--timeout: give seconds"),
        ([*ONE, "--timeout", "nan"], "--timeout: give seconds"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(words: list[str], said: str) -> None:
    for name in (SCORE, PRODUCE):
        with pytest.raises(UsageError, match=said):
            parse(name, words)


def test_one_transaction_has_an_id_and_the_time_of_now_unless_it_is_told() -> None:
    (row,) = read_rows(parse(SCORE, [*ONE, "--id", "tx-1"]), ConsoleSettings(), NOW)
    assert row.transaction is not None
    assert (row.transaction.transaction_id, row.transaction.amount) == ("tx-1", 1250)
    assert row.transaction.occurred_at.tzinfo is not None


def test_somebodys_file_is_mapped_and_moved_to_now_and_its_bad_rows_are_told(tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    file.write_text(
        "transaction_id,card,terminal_id,amt,occurred_at\n"
        "a,c-2,t-1,12.50,2019-05-02T10:00:00Z\n"
        "b,c-1,t-1,7,2019-05-01T10:00:00Z\n"
        "c,c-1,t-1,much,2019-05-01T11:00:00Z\n"
    )
    words = [str(file), "--map", "customer_id=card", "--map", "amount=amt", "--amount-unit", "major"]
    settings = ConsoleSettings(models_dir=MODELS)
    rows = read_rows(parse(SCORE, [*words, "--as-of-now"]), settings, NOW)
    sent = [row.transaction for row in rows if row.transaction]
    assert [(each.transaction_id, each.customer_id, each.amount) for each in sent] == [
        ("b", "c-1", 700),
        ("a", "c-2", 1250),
    ]
    assert sent[1].occurred_at.timestamp() == NOW
    assert (sent[1].occurred_at - sent[0].occurred_at).total_seconds() == 86_400
    (bad,) = [row for row in rows if row.transaction is None]
    assert bad.place == 3
    assert "amount" in bad.refused


def test_without_a_key_or_an_api_a_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FLOWSERVE_API_KEY", raising=False)
    assert score(ONE) == 1
    assert "set FLOWSERVE_API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("FLOWSERVE_API_KEY", "fs_x")
    monkeypatch.setenv("FLOWSERVE_API_URL", "http://127.0.0.1:1")
    assert score([*ONE, "--timeout", "0.2"]) == 1
    assert "Is it running? `flowserve doctor` says more" in capsys.readouterr().err


def test_the_folder_of_models_is_needed_for_a_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(__file__, tmp_path / "x.csv")
    monkeypatch.setenv("FLOWSERVE_API_KEY", "fs_x")
    monkeypatch.setenv("FLOWSERVE_MODELS_DIR", str(tmp_path / "nothing"))
    assert score([str(tmp_path / "x.csv")]) == 1
    assert "current is missing" in capsys.readouterr().err


class Broker:
    """Stands in for the producer: confirms the first records, then fails or never answers."""

    def __init__(self, confirmed: int, error: Exception | None) -> None:
        self._confirmed, self._error = confirmed, error
        self.sent: list[str] = []

    def __call__(self, *_: object, **__: object) -> "Broker":
        return self

    async def __aenter__(self) -> "Broker":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open."""

    async def send(self, transaction: Transaction) -> Sent:
        self.sent.append(transaction.transaction_id)
        if len(self.sent) > self._confirmed:
            await self._fail()
        return Sent(f"r-{len(self.sent)}", 0, len(self.sent))

    async def _fail(self) -> None:
        if self._error is not None:
            raise self._error
        await asyncio.Event().wait()


@pytest.mark.parametrize("error", [KafkaConnectionError("gone"), None])
def test_what_kafka_confirmed_before_a_failure_or_the_time_was_up_is_told(
    error: Exception | None,
    history: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(producing, "Producer", Broker(2, error))
    assert producing.main([str(history), "--timeout", "0.05"]) == 1
    said = capsys.readouterr().err
    assert "2 of 3 were confirmed by Kafka so far" in said
    assert "Kafka did not do it" in said


def test_receipts_come_in_the_order_of_the_file(
    history: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(producing, "Producer", broker := Broker(3, None))
    assert producing.main([str(history), "--json"]) == 0
    told = capsys.readouterr()
    assert [json.loads(line)["transaction_id"] for line in told.out.splitlines()] == broker.sent
    assert "so far" not in told.err
