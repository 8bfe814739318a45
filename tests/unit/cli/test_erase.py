"""What `flowserve erase` may be told, and what its receipt says."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import pytest

from cli import erase
from cli.database import UsageError
from cli.erase_arguments import parse
from cli.erase_log import Asked, Retention
from cli.erase_receipt import Receipt, as_json, as_text
from cli.erase_rows import Subject

RECEIPT = Receipt(
    asked=Asked(3, 17, 1_795_472_043_412, "default", "c-42"),
    forgotten_at=2210,
    rows={"requests": 12, "dead_letters": 0},
    subject=Subject("ab" * 32, "hmac-sha256:cd"),
    done_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    kept=(
        Retention("flowserve.requests.v1", 7 * 86_400_000, 86_400_000),
        Retention("flowserve.replies.v1", None, 300_000),
    ),
    running_replays=("bank",),
)


def test_a_customer_alone_is_enough() -> None:
    asked = parse(["--customer", "c-42"])
    assert (asked.client, asked.customer, asked.yes, asked.wait_seconds) == ("default", "c-42", False, 60)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--customer", ""], "1 to 128 characters, and this has 0"),
        (["--customer", "é" * 129], "1 to 128 characters, and this has 129"),
        (["--customer", "a\nb"], "printable characters only"),
        (["--customer", "a\udcff"], "printable characters only"),
        (["--customer", "4111 1111 1111 1111"], "a payment card number"),
        (["--customer", "c", "--client", "no/name"], "letters, digits, dots"),
        (["--customer", "c", "--wait", "-1"], "--wait: give seconds, above 0"),
        (["--customer", "c", "--wait", "nan"], "--wait: give seconds, above 0"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as refusal:
        parse(words)
    assert "4111" not in str(refusal.value)


def test_the_receipt_says_until_when_a_whole_segment_may_stay() -> None:
    found = json.loads(as_json(RECEIPT))
    assert found["copies_until"] == {
        "flowserve.requests.v1": "2026-12-01T12:00:00+00:00",
        "flowserve.replies.v1": None,
    }


def test_both_forms_of_the_receipt_say_the_same_and_do_not_name_the_customer() -> None:
    text, found = as_text(RECEIPT), json.loads(as_json(RECEIPT))
    for form in (text, json.dumps(found)):
        assert "c-42" not in form
        for part in ("flowserve.feedback.v1 3/17", "flowserve.predictions.v1 3/2210", "bank", "ab" * 32):
            assert part in form
    assert "requests 12, dead letters 0" in text
    assert "copies remain for ever: its retention.ms is -1" in text
    assert found["rows"] == {"requests": 12, "dead_letters": 0}


class Failing:
    """Breaks off at one kind of call."""

    def __init__(self, failing: str) -> None:
        self._failing = failing

    def _called(self, name: str) -> None:
        if name == self._failing:
            raise ConnectionResetError(f"{name} broke off")


class Kafka(Failing):
    """An empty log on which everything is decided and forgotten at once, unless a call fails."""

    async def ends(self, *topics: str) -> dict[tuple[str, int], int]:
        self._called("ends")
        return {(topic, 3): 0 for topic in topics}

    async def undecided(self, ends: object) -> list[object]:
        self._called("undecided")
        return []

    async def short_of(self, ends: object, done: object) -> list[object]:
        self._called("short_of")
        return []

    async def ask(self, client: str, customer: str) -> Asked:
        self._called("ask")
        return RECEIPT.asked

    async def answer(self, record: Asked, start: int) -> int:
        self._called("answer")
        return RECEIPT.forgotten_at

    async def retentions(self) -> list[Retention]:
        self._called("retentions")
        return []


class Database(Failing):
    """Has rows of the customer, unless a statement fails."""

    async def fetchrow(self, *_: object) -> dict[str, int]:
        return {"requests": 1}

    async def execute(self, *_: object) -> None:
        self._called("execute")

    async def fetch(self, *_: object) -> list[object]:
        self._called("fetch")
        return []

    async def close(self, timeout: float) -> None:
        """Nothing is open."""


KAFKAS_CALLS = ["open_log", "ends", "undecided", "ask", "answer", "short_of", "retentions"]


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        ("execute", "flowserve: the database cannot be reached (execute broke off)"),
        ("fetch", "flowserve: the database cannot be reached (fetch broke off)"),
        *((name, f"flowserve erase: Kafka did not do it ({name} broke off)") for name in KAFKAS_CALLS),
    ],
)
def test_the_database_and_kafka_are_each_blamed_for_their_own_failures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failing: str, said: str
) -> None:
    async def connect(**_: object) -> Database:
        return Database(failing)

    async def clients(_: object) -> dict[str, bool]:
        return {"default": True}

    @asynccontextmanager
    async def opened(_: object) -> AsyncIterator[Kafka]:
        if failing == "open_log":
            raise ConnectionResetError("open_log broke off")
        yield Kafka(failing)

    monkeypatch.setattr(asyncpg, "connect", connect)
    monkeypatch.setattr(erase, "read_clients", clients)
    monkeypatch.setattr(erase, "open_log", opened)
    assert erase.main(["--customer", "c-42", "--yes"]) == 1
    assert said in capsys.readouterr().err
