"""What `flowserve erase` may be told, and what its receipt says."""

import json
from datetime import UTC, datetime

import pytest

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
